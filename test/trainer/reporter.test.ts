import { expect, test } from 'vitest';
import { createReporter, type ReportStream } from '../../trainer/reporter.ts';

const ERASE_LINE = '\r\u001b[K';
const STATUS = {
  step: 120,
  fraction: 0.25,
  facesPerSecond: 40,
  remainingMs: 7_500_000,
  losses: { 'G/adversarial': 0.5, 'D/real': 0.25 },
};
const VALIDATION = {
  step: 300,
  validation: {
    score: 0.75,
    by: 'C_eval',
    figures: { successOfReal: 0.8, unchanged: 0.08, outside: 0.01, ssim: 0.9 },
  },
  isBest: true,
};

function record(stream: Omit<ReportStream, 'write'>): { stream: ReportStream; text: () => string } {
  let text = '';
  return { stream: { ...stream, write: (chunk) => (text += chunk) }, text: () => text };
}

test('a pipe gets one JSON object a line, and no status', () => {
  const { stream, text } = record({});
  const reporter = createReporter(stream);
  reporter.note('begun');
  reporter.warn('careful');
  reporter.status(STATUS);
  reporter.line(VALIDATION);
  const lines = text().trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
    { event: 'note', text: 'begun' },
    { event: 'warning', text: 'careful' },
    { event: 'validation', ...VALIDATION },
  ]);
});

test('a terminal gets a status line that is rewritten in place, no longer than the terminal', () => {
  const { stream, text } = record({ isTTY: true, columns: 60 });
  const reporter = createReporter(stream);
  reporter.status(STATUS);
  reporter.status({ ...STATUS, step: 121 });
  const shown = text().split(ERASE_LINE).slice(1);
  // The second came too soon after the first.
  expect(shown).toEqual(['step 120  25.0 %  40.0 faces/s  2 h 05 min left  G/adversar']);
  expect(text()).not.toContain('\n');
});

test('a terminal keeps notes and validations above the status', () => {
  const { stream, text } = record({ isTTY: true, columns: 60 });
  const reporter = createReporter(stream);
  reporter.status(STATUS);
  reporter.line(VALIDATION);
  const [, , note] = text().split(ERASE_LINE);
  expect(note).toMatch(/^validation at step 300: 0\.750, the best so far \(successOfReal 0\.800, /);
  expect(note).toMatch(/\n$/);
});
