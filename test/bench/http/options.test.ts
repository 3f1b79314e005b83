import { expect, test } from 'vitest';
import { parseHttpOptions } from './options.ts';

test('reads lists of sizes and clients', () => {
  const options = parseHttpOptions(['--megapixels', '0.5,2', '--clients', '4', '--no-overload']);
  expect(options).toEqual({ seconds: 10, clients: [4], megapixels: [0.5, 2], withOverload: false });
});

test.each([
  ['--seconds', '0'],
  ['--clients', '1,x'],
  ['--megapixels', '-1'],
])('%s %s is refused', (name, value) => {
  expect(() => parseHttpOptions([`${name}=${value}`])).toThrow(/expected a number above 0/);
});
