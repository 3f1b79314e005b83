import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import {
  type GeneratorConfig,
  generatorChange,
  initGenerator,
} from '../../../trainer/networks/generator.ts';
import type { ParameterValues, Weights } from '../../../trainer/networks/parameters.ts';
import { Random } from '../../../trainer/random.ts';
import {
  collectNormStatistics,
  frozenStatistics,
  type LabelledFaces,
  requireNormStatistics,
} from '../../../trainer/training/norm-statistics.ts';
import { backends } from '../../support/backends.ts';

const config: GeneratorConfig = { widths: [3, 4, 5], blocks: 2, targets: 2 };

/** Drawn at random throughout, so that no gain of 1 or shift of 0 hides a mistake. */
function randomWeights(): Map<string, tf.Tensor> {
  const random = new Random(3);
  return toTensors(
    new Map(
      [...initGenerator(config, random)].map(([name, { shape, data }]) => [
        name,
        { shape, data: data.map((value) => value + 0.3 * random.normal()) },
      ]),
    ),
  );
}

function toTensors(values: ParameterValues): Map<string, tf.Tensor> {
  return new Map([...values].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]));
}

function randomFaces(n: number, seed: number): tf.Tensor4D {
  const random = new Random(seed);
  const data = Float32Array.from({ length: n * 12 * 8 * 3 }, () => 0.5 * random.normal());
  return tf.tensor4d(data, [n, 12, 8, 3]);
}

function change(weights: Weights, x: tf.Tensor4D, targets: number[]): tf.Tensor4D {
  const labels = tf.oneHot(tf.tensor1d(targets, 'int32'), config.targets);
  return generatorChange(config, weights, x, tf.cast(labels, 'float32') as tf.Tensor2D);
}

function largestDifference(a: tf.Tensor, b: tf.Tensor): number {
  return tf.max(tf.abs(tf.sub(a, b))).dataSync()[0] as number;
}

describe.each(backends)('frozen statistics on %s', (backend) => {
  test('of one face give what instance norm gives for it, and for no other', async () => {
    await tf.setBackend(backend);
    const weights = randomWeights();
    const face = randomFaces(1, 1);
    const both = tf.concat([face, face]);
    const batch = { x: both.clone(), targets: Int32Array.of(0, 1) };
    const frozen = new Map([
      ...weights,
      ...toTensors(collectNormStatistics(config, weights, [batch])),
    ]);
    const expected = change(weights, both, [0, 1]);
    expect(largestDifference(change(frozen, both, [0, 1]), expected)).toBeLessThan(1e-5);
    const other = randomFaces(1, 2);
    expect(
      largestDifference(change(frozen, other, [0]), change(weights, other, [0])),
    ).toBeGreaterThan(1e-3);
  });

  test('are the mean and variance of all pixels of a target, however they are batched', async () => {
    await tf.setBackend(backend);
    const weights = randomWeights();
    const faces = randomFaces(5, 4);
    const targets = [0, 1, 0, 1, 0];
    const batches: LabelledFaces[] = [
      { x: tf.slice(faces, 0, 2), targets: Int32Array.from(targets.slice(0, 2)) },
      { x: tf.slice(faces, 2, 3), targets: Int32Array.from(targets.slice(2)) },
    ];
    const tensors = tf.memory().numTensors;
    const statistics = collectNormStatistics(config, weights, batches);
    expect(tf.memory().numTensors).toBe(tensors - batches.length);

    const inputs = new Map<string, tf.Tensor4D>();
    const labels = tf.cast(tf.oneHot(tf.tensor1d(targets, 'int32'), 2), 'float32');
    generatorChange(config, weights, faces, labels as tf.Tensor2D, (name, h) =>
      inputs.set(name, h),
    );
    expect(statistics.size).toBe(2 * inputs.size);
    for (const [name, input] of inputs) {
      const ofTarget = (target: number): tf.Tensor =>
        tf.gather(
          input,
          targets.flatMap((label, i) => (label === target ? [i] : [])),
        );
      const groups = name.startsWith('down') ? [input] : [ofTarget(0), ofTarget(1)];
      const moments = groups.map((group) => tf.moments(group, [0, 1, 2]));
      for (const part of ['mean', 'variance'] as const) {
        const expected = tf.concat(moments.map((moment) => moment[part] as tf.Tensor1D));
        const found = statistics.get(`${name}/frozen-${part}`);
        expect(found?.data.length, name).toBe(expected.size);
        expect(largestDifference(tf.tensor1d(found?.data ?? []), expected), name).toBeLessThan(
          2e-5 * (1 + (tf.max(tf.abs(expected)).dataSync()[0] as number)),
        );
      }
    }
  });
});

test('a target without a face is named', () => {
  const batch = { x: randomFaces(2, 1), targets: Int32Array.of(0, 0) };
  expect(() => collectNormStatistics(config, randomWeights(), [batch])).toThrow(
    /no face was made over to target 1/,
  );
});

test('statistics are told from weights, and refused where they are not of the network', () => {
  const batch = { x: randomFaces(2, 1), targets: Int32Array.of(0, 1) };
  const statistics = collectNormStatistics(config, randomWeights(), [batch]);
  const all = new Map([...initGenerator(config, new Random(1)), ...statistics]);
  expect(frozenStatistics(all)).toEqual(statistics);
  expect(() => requireNormStatistics(config, statistics)).not.toThrow();
  const fewer = new Map([...statistics].filter(([name]) => name !== 'up1/norm/frozen-variance'));
  expect(() => requireNormStatistics(config, fewer)).toThrow(/up1\/norm\/frozen-variance of/);
  expect(() => requireNormStatistics({ ...config, targets: 3 }, statistics)).toThrow(
    /shape \[2,5\], this run's network needs \[3,5\]/,
  );
});
