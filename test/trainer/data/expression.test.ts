import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseExpression } from '../../../trainer/data/expression.ts';

const KNOWN = ['Male', 'Young', 'Smiling', 'Eyeglasses'];

function matches(text: string, ...attributes: string[]): boolean {
  return parseExpression(text, KNOWN).matches((attribute) => attributes.includes(attribute));
}

test('a comma is and, a bar is or and binds tighter', () => {
  expect(matches('Male,Young', 'Male', 'Young')).toBe(true);
  expect(matches('Male,Young', 'Male')).toBe(false);
  expect(matches('Male,Young|Smiling', 'Male', 'Smiling')).toBe(true);
  expect(matches('Male,Young|Smiling', 'Smiling')).toBe(false);
  expect(matches('Male|(Young,Smiling)', 'Young')).toBe(false);
  expect(matches('!(Male|Young)', 'Smiling')).toBe(true);
  expect(matches(' ! Male , !!Young ', 'Young')).toBe(true);
});

test('an empty expression selects every face and has no terms', () => {
  expect(matches('')).toBe(true);
  expect(parseExpression('', KNOWN).terms).toEqual([]);
});

test('terms are the parts between commas', () => {
  expect(parseExpression('!Male, Young|Smiling', KNOWN).terms).toEqual(['!Male', 'Young|Smiling']);
});

test('an unknown attribute is named with the nearest and all known ones', () => {
  expect(() => parseExpression('Male,Yung', KNOWN)).toThrow(
    /unknown attribute "Yung" in "Male,Yung": did you mean Young\? The data has Male, Young/,
  );
});

test.each(['Male,', '|Male', '(Male', 'Male)', 'Male Young', '!', 'Male & Young', '()'])(
  '%j is refused with its text',
  (text) => {
    expect(() => parseExpression(text, KNOWN)).toThrow(/cannot read/);
  },
);

test('agrees with evaluating the same tree directly', () => {
  const tree = fc.letrec<{ node: [string, (has: Set<string>) => boolean] }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc
        .constantFrom(...KNOWN)
        .map((name): [string, (has: Set<string>) => boolean] => [name, (has) => has.has(name)]),
      tie('node').map(([text, is]): [string, (has: Set<string>) => boolean] => [
        `!(${text})`,
        (has) => !is(has),
      ]),
      fc
        .tuple(tie('node'), tie('node'), fc.boolean())
        .map(([[a, isA], [b, isB], and]): [string, (has: Set<string>) => boolean] => [
          and ? `(${a},${b})` : `((${a})|(${b}))`,
          (has) => (and ? isA(has) && isB(has) : isA(has) || isB(has)),
        ]),
    ),
  })).node;
  fc.assert(
    fc.property(tree, fc.subarray(KNOWN), ([text, is], attributes) => {
      expect(matches(text, ...attributes)).toBe(is(new Set(attributes)));
    }),
  );
});
