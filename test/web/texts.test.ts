import { expect, test } from 'vitest';
import { PROBLEMS } from '../../server/problem.ts';
import type { FailureCode } from '../../web/failure.ts';
import { compareValueText, failureMessage, limitsText } from '../../web/texts.ts';

const limits = {
  maxUploadBytes: 15 * 2 ** 20,
  maxFaces: 64,
  maxPixels: 50e6,
  inputTypes: ['image/jpeg', 'image/png', 'image/webp'],
};

test('the limits read as a sentence', () => {
  expect(limitsText(limits)).toBe('JPEG, PNG or WebP, up to 15 MB');
});

test('the divider speaks both shares', () => {
  expect(compareValueText(30)).toBe('30 % before, 70 % after');
});

const serviceCodes = Object.keys(PROBLEMS) as FailureCode[];

test.each([
  ...serviceCodes,
  'OFFLINE',
  'UNEXPECTED',
  'NO_MODEL',
  'MEMORY_SHORT',
  'SAMPLE_MISSING',
] as FailureCode[])('%s says what is wrong and what to do, with and without the limits', (code) => {
  for (const known of [limits, undefined]) {
    const message = failureMessage(code, 'Send it again.', known);
    expect(message.title).toMatch(/^[A-Z].{8,}[^.]$/);
    expect(message.advice).toMatch(/^[A-Z].+\.$/);
    expect(message.advice).not.toContain('undefined');
  }
});

test('a refused format is answered with the formats that work', () => {
  const { advice } = failureMessage('TYPE_NOT_ALLOWED', 'refused', limits);
  expect(advice).toContain('JPEG, PNG or WebP');
  expect(advice).toContain('HEIC');
});
