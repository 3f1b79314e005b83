import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseParameters } from '../../server/parameters.ts';

test('query and form together, with defaults', () => {
  expect(parseParameters({ model: 'feminine' }, { strength: '0.25' })).toEqual({
    model: 'feminine',
    strength: 0.25,
    faces: 'all',
    output: 'photo',
  });
});

test.each([
  ['0', 0],
  ['1', 1],
  ['1.0', 1],
  ['.5', 0.5],
  ['0.', 0],
])('strength=%s', (text, strength) => {
  expect(parseParameters({ strength: text }).strength).toBe(strength);
});

describe('errors name the parameter and what is offered', () => {
  test.each([
    [{ strenght: '1' }, /"strenght": did you mean strength\? .*model, version, strength, faces/],
    [{ strength: '2' }, /strength=2: expected a number from 0 to 1/],
    [{ strength: '-1' }, /strength=-1: expected a number/],
    [{ strength: '1e0' }, /strength=1e0: expected a number/],
    [{ strength: '' }, /strength=: expected a number/],
    [{ strength: 'NaN' }, /strength=NaN: expected a number/],
    [{ faces: 'first' }, /faces=first: expected all, largest, or ids/],
    [{ format: 'tiff' }, /format=tiff: expected jpeg, png, webp or avif/],
    [{ output: 'mask' }, /output=mask: expected photo or face/],
    [{ model: ['a', 'b'] }, /model is given twice/],
    [{ model: { a: '1' } }, /model is given twice or has parts/],
  ])('%j', (query, message) => {
    const parse = () => parseParameters(query);
    expect(parse).toThrow(expect.objectContaining({ code: 'BAD_PARAMETER' }));
    expect(parse).toThrow(message);
  });

  test('one parameter in query and form', () => {
    expect(() => parseParameters({ model: 'a' }, { model: 'a' })).toThrow(/model is given twice/);
  });
});

test('whatever is sent is read or refused as a bad parameter', () => {
  const value = fc.oneof(
    fc.string(),
    fc.array(fc.string()),
    fc.dictionary(fc.string(), fc.string()),
  );
  const name = fc.oneof(fc.constantFrom('model', 'strength', 'faces'), fc.string());
  fc.assert(
    fc.property(fc.dictionary(name, value), (query) => {
      try {
        const { strength } = parseParameters(query);
        expect(strength >= 0 && strength <= 1).toBe(true);
      } catch (error) {
        expect(error).toMatchObject({ code: 'BAD_PARAMETER' });
      }
    }),
  );
});
