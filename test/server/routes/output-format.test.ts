import express, { type Request } from 'express';
import { expect, test } from 'vitest';
import { ProblemError } from '../../../server/problem.ts';
import { chooseOutputFormat } from '../../../server/routes/output-format.ts';

const photo = { format: undefined, output: 'photo' } as const;

function requestWith(accept: string | undefined): Request {
  const headers = accept === undefined ? {} : { accept };
  return Object.setPrototypeOf({ headers }, express.request) as Request;
}

test.each([
  [undefined, 'webp'],
  ['*/*', 'webp'],
  ['image/*', 'webp'],
  ['image/png', 'png'],
  ['image/avif, image/jpeg;q=0.5', 'avif'],
  ['image/avif;q=0.2, image/jpeg;q=0.5', 'jpeg'],
  ['image/webp;q=0, image/*', 'jpeg'],
  ['text/html, image/*;q=0.8', 'webp'],
  ['application/json, text/plain, */*', 'webp'],
] as const)('Accept: %s gives %s for a WebP', (accept, expected) => {
  expect(chooseOutputFormat(requestWith(accept), photo, 'webp')).toBe(expected);
});

test('a parameter stands above the header, a face is PNG, HEIC becomes JPEG', () => {
  const any = requestWith('*/*');
  const asked = { format: 'png', output: 'photo' } as const;
  expect(chooseOutputFormat(requestWith('image/gif'), asked, 'jpeg')).toBe('png');
  expect(chooseOutputFormat(any, { ...photo, output: 'face' }, 'jpeg')).toBe('png');
  expect(chooseOutputFormat(any, photo, 'heic')).toBe('jpeg');
});

test.each(['image/gif', 'application/json', 'image/png;q=0', 'text/*'])(
  'Accept: %s cannot be met',
  (accept) => {
    try {
      chooseOutputFormat(requestWith(accept), photo, 'jpeg');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ProblemError);
      expect(error).toMatchObject({ code: 'FORMAT_NOT_OFFERED' });
      expect(String(error)).toContain('image/avif');
    }
  },
);
