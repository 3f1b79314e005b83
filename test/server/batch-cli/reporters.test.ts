import { describe, expect, test } from 'vitest';
import type { PhotoEvent } from '../../../server/batch-cli/events.ts';
import { ProgressBar } from '../../../server/batch-cli/progress-bar.ts';
import { createReporter } from '../../../server/batch-cli/reporters.ts';

const FAILED: PhotoEvent = {
  input: 'a\n\u001b[31m.jpg',
  state: 'failed',
  code: 'NO_FACE_FOUND',
  detail: 'no face',
};
const COUNTS = { succeeded: 1, skipped: 2, failed: 1 };

function sink(isTTY: boolean, columns = 100) {
  const written: string[] = [];
  return { isTTY, columns, written, write: (text: string) => written.push(text) };
}

/** What stays to be seen of the last line. */
const lastLine = (written: readonly string[]) => written.at(-1)?.split('\u001b[K').at(-1);

describe('what is told', () => {
  test('has one line for a photo, whatever its name holds', () => {
    const output = sink(false);
    const reporter = createReporter(output, false);
    reporter.photo(FAILED);
    reporter.end(COUNTS, false);
    expect(output.written).toEqual([
      'a??[31m.jpg: NO_FACE_FOUND: no face\n',
      '1 done, 2 done before, 1 failed\n',
    ]);
  });

  test('is JSON lines where that is asked for, at a terminal too', () => {
    const output = sink(true);
    const reporter = createReporter(output, true);
    reporter.start('tint/1', 4);
    reporter.photo(FAILED);
    reporter.end(COUNTS, true);
    expect(output.written.map((line) => JSON.parse(line) as unknown)).toEqual([
      { event: 'start', model: 'tint/1', total: 4 },
      { event: 'photo', ...FAILED },
      { event: 'end', ...COUNTS, isInterrupted: true },
    ]);
  });

  test('at a terminal only failures stay above the bar', () => {
    const output = sink(true);
    const reporter = createReporter(output, false);
    reporter.start('tint/1', 2);
    reporter.photo({ input: 'b.jpg', state: 'succeeded', output: 'b.jpg', faces: 1, ms: 5 });
    reporter.photo(FAILED);
    reporter.end(COUNTS, false);
    const text = output.written.join('');
    expect(text).not.toContain('b.jpg');
    expect(text).toContain('NO_FACE_FOUND');
    expect(lastLine(output.written)).toBe('1 done, 2 done before, 1 failed\n');
  });
});

describe('the bar', () => {
  test('measures the rate of photos that were worked on, not of those done before', () => {
    let nowMs = 0;
    const output = sink(true);
    const bar = new ProgressBar(output, () => nowMs);
    bar.start(100);
    nowMs = 50_000;
    for (let i = 0; i < 20; i++) bar.count('skipped');
    for (let i = 0; i < 20; i++) {
      nowMs += 500;
      bar.count(i === 0 ? 'failed' : 'succeeded');
    }
    expect(lastLine(output.written)).toBe(
      '[##########--------------] 40/100  2.0/s  30 s left  1 failed',
    );
  });

  test.each([
    [30, '[------------------------] 0/'],
    [0, '[------------------------] 0/1000'],
  ])('is never wider than the terminal (%d columns)', (columns, line) => {
    const output = sink(true, columns);
    const bar = new ProgressBar(output);
    bar.start(1000);
    expect(lastLine(output.written)).toBe(line);
  });
});
