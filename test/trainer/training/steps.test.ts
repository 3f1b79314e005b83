import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { readCelebaFolder } from '../../../trainer/data/celeba.ts';
import { loadCrops } from '../../../trainer/data/crops.ts';
import { selectPopulations } from '../../../trainer/data/populations.ts';
import { type Batch, Sampler } from '../../../trainer/data/sampler.ts';
import { discriminate } from '../../../trainer/networks/discriminator.ts';
import { generatorChange } from '../../../trainer/networks/generator.ts';
import { readValues } from '../../../trainer/networks/parameters.ts';
import { Random } from '../../../trainer/random.ts';
import { r1Penalty } from '../../../trainer/training/losses.ts';
import { TrainedModel } from '../../../trainer/training/model.ts';
import { toPixelRange, trainStep } from '../../../trainer/training/steps.ts';
import { backends } from '../../support/backends.ts';
import { useOwnCache } from '../../support/own-cache.ts';
import { drawCelebaFolder, TINY_CROP, tinyConfig } from '../../support/tiny-run.ts';

useOwnCache();

let batch: Batch;

beforeAll(async () => {
  const folder = await readCelebaFolder(await drawCelebaFolder([24]));
  const store = await loadCrops(folder, folder.faces, TINY_CROP, 3);
  const { selection, jitter } = tinyConfig('', 1);
  batch = new Sampler(store, selectPopulations(folder, selection, 0), jitter, new Random(1)).next(
    16,
  );
});

function flat(weights: ReadonlyMap<string, tf.Variable>): number[] {
  return [...readValues(weights).values()].flatMap(({ data }) => [...data]);
}

describe.each(backends)('a training step on %s', (backend) => {
  const config = tinyConfig('', 100);
  const shape: [number, number, number, number] = [16, TINY_CROP.height, TINY_CROP.width, 3];

  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  test('the untrained generator returns its input nearly', () => {
    const model = new TrainedModel(config);
    const change = tf.tidy(() => {
      const labels = tf.oneHot(tf.zeros([16], 'int32'), 2);
      const x = toPixelRange(batch.sources, shape);
      const d = generatorChange(
        model.generatorConfig,
        model.generator,
        x,
        tf.cast(labels, 'float32') as tf.Tensor2D,
      );
      expect(d.shape).toEqual(shape);
      return tf.max(tf.abs(d)).dataSync()[0] as number;
    });
    expect(change).toBeLessThan(0.1);
    model.dispose();
  });

  test('moves both networks and the average, and leaks no tensor', () => {
    const model = new TrainedModel(config);
    const before = [model.generator, model.discriminator, model.ema].map(flat);
    tf.dispose([...trainStep(config, model, batch, { step: 0, fraction: 0 }).values()]);
    const tensors = tf.memory().numTensors;
    for (let step = 1; step <= 4; step++) {
      const losses = trainStep(config, model, batch, { step, fraction: step / 100 });
      for (const [name, loss] of losses)
        expect(loss.dataSync()[0], name).toSatisfy(Number.isFinite);
      tf.dispose([...losses.values()]);
    }
    expect(tf.memory().numTensors).toBe(tensors);
    const after = [model.generator, model.discriminator, model.ema].map(flat);
    after.forEach((values, i) => expect(values).not.toEqual(before[i]));
    expect(after.flat().every(Number.isFinite)).toBe(true);
    model.dispose();
  }, 120_000);

  test('judges the change through the mask, but not what lies outside it', () => {
    const lossesOf = (throughMask: boolean): Record<string, number> => {
      const model = new TrainedModel(config);
      const masked = { ...config, loss: { ...config.loss, throughMask } };
      const losses = trainStep(masked, model, batch, { step: 0, fraction: 0 });
      const values = [...losses].map(([name, loss]) => [name, loss.dataSync()[0]]);
      tf.dispose([...losses.values()]);
      model.dispose();
      return Object.fromEntries(values) as Record<string, number>;
    };
    const [whole, seen] = [lossesOf(false), lossesOf(true)];
    expect(seen['G/change']).toBeLessThan(0.9 * (whole['G/change'] as number));
    expect(seen['G/outside']).toBeCloseTo(whole['G/outside'] as number, 6);
    expect(seen['G/self']).toBeCloseTo(whole['G/self'] as number, 6);
  });

  test('a learning rate of zero changes nothing, whatever the gradients', () => {
    const model = new TrainedModel(config);
    const before = [model.generator, model.discriminator].map(flat);
    tf.dispose([...trainStep(config, model, batch, { step: 0, fraction: 1 }).values()]);
    expect([model.generator, model.discriminator].map(flat)).toEqual(before);
    model.dispose();
  });

  test('learns: on one batch the discriminator tells real from made-over faces', () => {
    const model = new TrainedModel(config);
    const measured: number[] = [];
    for (let step = 0; step < 16; step++) {
      const losses = trainStep(config, model, batch, { step, fraction: 0.1 });
      const values = ['D/real', 'D/fake'].map((name) => losses.get(name)?.dataSync()[0] as number);
      measured.push(values.reduce((a, b) => a + b));
      tf.dispose([...losses.values()]);
    }
    const mean = (values: number[]): number => values.reduce((a, b) => a + b) / values.length;
    expect(mean(measured.slice(-4))).toBeLessThan(mean(measured.slice(0, 4)));
    model.dispose();
  }, 120_000);

  test('the R1 gradient agrees with central differences', () => {
    const model = new TrainedModel(config);
    const kernel = model.discriminator.get('logits/kernel') as tf.Variable;
    const reals = toPixelRange(batch.reals, shape);
    const penalty = (): tf.Scalar =>
      r1Penalty(
        (x) => tf.sum(discriminate(model.discriminatorConfig, model.discriminator, x)),
        reals,
      );
    const { grads } = tf.variableGrads(penalty, [kernel]);
    const gradient = (grads[kernel.name] as tf.Tensor).dataSync();
    const values = kernel.dataSync().slice();
    // The penalty is a quadratic form of the last kernel, so that wide differences are exact.
    const step = 0.05;
    const at = (index: number, value: number): number => {
      const moved = values.slice();
      moved[index] = value;
      tf.tidy(() => kernel.assign(tf.tensor(moved, kernel.shape)));
      return tf.tidy(() => penalty().dataSync()[0] as number);
    };
    for (const index of [0, 17, 40]) {
      const value = values[index] as number;
      const difference = (at(index, value + step) - at(index, value - step)) / (2 * step);
      expect(gradient[index]).toBeCloseTo(difference, 3);
    }
    model.dispose();
  });
});
