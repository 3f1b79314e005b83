import { expect, test } from 'vitest';
import { fitWhitening, whiten } from '../../../../trainer/evaluation/figures/whitening.ts';
import { Random } from '../../../../trainer/random.ts';
import { rowsOf } from '../../../support/features.ts';

const random = new Random(1);
/** Three correlated features of very different scale. */
const features = rowsOf(
  Array.from({ length: 500 }, () => {
    const [a, b, c] = [random.normal(), random.normal(), random.normal()];
    return [10 + 5 * a, 3 * a + b, 0.01 * (b + 2 * c) - 4];
  }),
);

test('whitened features have mean 0 and covariance 1', () => {
  const white = whiten(fitWhitening(features), features);
  const column = (j: number): number[] =>
    Array.from({ length: white.count }, (_, i) => white.data[i * 3 + j] as number);
  for (let j = 0; j < 3; j++) {
    const mean = column(j).reduce((sum, value) => sum + value, 0) / white.count;
    expect(mean).toBeCloseTo(0, 4);
    for (let k = 0; k <= j; k++) {
      const other = column(k);
      const covariance =
        column(j).reduce((sum, value, i) => sum + value * (other[i] as number), 0) / white.count;
      expect(covariance).toBeCloseTo(j === k ? 1 : 0, 1);
    }
  }
});

test('a feature that never changes does no harm', () => {
  const dead = rowsOf([
    [1, 7],
    [2, 7],
    [3, 7],
  ]);
  const { data } = whiten(fitWhitening(dead), dead);
  expect([...data].every(Number.isFinite)).toBe(true);
  expect(data[1]).toBe(0);
});
