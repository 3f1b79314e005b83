import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ModernConfig } from '../../../trainer/config.ts';
import type { Batch } from '../../../trainer/data/sampler.ts';
import { Random } from '../../../trainer/random.ts';
import { ModernTrainee } from '../../../trainer/training/modern.ts';
import { backends } from '../../support/backends.ts';
import { TINY_CROP, tinyConfig } from '../../support/tiny-run.ts';

const tiny = tinyConfig('', 100);
const config: ModernConfig = {
  ...tiny,
  selection: { faces: '', sources: 'Male', targets: { feminine: '!Male' } },
  loss: { ...tiny.loss, cycle: 0, mismatch: 0 },
};

function batchOf(reals: Uint8Array): Batch {
  const random = new Random(3);
  return {
    sources: Uint8Array.from(reals, () => random.integer(0, 255)),
    reals,
    sourceLabels: new Int32Array(16),
    ownLabels: new Int32Array(16).fill(-1),
    realLabels: new Int32Array(16),
  };
}

describe.each(backends)('modern with one target on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  test('trains without other targets, and keeps real faces of the target as they are', () => {
    const trainee = new ModernTrainee(config);
    const pixels = 16 * TINY_CROP.height * TINY_CROP.width * 3;
    const batch = batchOf(Uint8Array.from({ length: pixels }, (_, i) => (i * 31) % 256));
    const before = [...(trainee.generator.get('head/kernel')?.dataSync() ?? [])];
    const progress = { step: 0, fraction: 0.1 };
    const x = tf.tensor4d(
      Float32Array.from(batch.reals.subarray((pixels * 3) / 4), (level) => level / 127.5 - 1),
      [4, TINY_CROP.height, TINY_CROP.width, 3],
    );
    const change = tf.mean(tf.abs(tf.sub(trainee.makeOver(x, 0), x))).dataSync()[0] as number;
    const losses = trainee.step([batch], progress);
    expect([...losses.keys()]).not.toContain('G/cycle');
    expect([...losses.keys()]).not.toContain('D/mismatch');
    expect(losses.get('G/self')?.dataSync()[0]).toBeCloseTo(change, 5);
    for (const [name, loss] of losses) expect(loss.dataSync()[0], name).toSatisfy(Number.isFinite);
    expect([...(trainee.generator.get('head/kernel')?.dataSync() ?? [])]).not.toEqual(before);
    tf.dispose([...losses.values()]);
    trainee.dispose();
  }, 60_000);

  test('a lower rate moves the weights less', () => {
    const moved = [1, 0.5, 0].map((scale) => {
      const trainee = new ModernTrainee(config);
      trainee.learningRateScale = scale;
      const progress = { step: 0, fraction: 0.1 };
      expect(trainee.learningRate(progress)).toBeCloseTo(scale * config.learningRate, 12);
      const bias = trainee.generator.get('head/bias') as tf.Variable;
      const reals = new Uint8Array(16 * TINY_CROP.height * TINY_CROP.width * 3).fill(99);
      tf.dispose([...trainee.step([batchOf(reals)], progress).values()]);
      const distance = tf.max(tf.abs(bias)).dataSync()[0] as number;
      trainee.dispose();
      return distance;
    });
    expect(moved[0]).toBeGreaterThan(0);
    expect(moved[1]).toBeCloseTo((moved[0] as number) / 2, 6);
    expect(moved[2]).toBe(0);
  }, 60_000);
});
