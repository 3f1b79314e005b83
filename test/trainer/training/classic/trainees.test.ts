import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { readCelebaFolder } from '../../../../trainer/data/celeba.ts';
import type { CropStore } from '../../../../trainer/data/crop-file.ts';
import { loadCrops } from '../../../../trainer/data/crops.ts';
import { type Population, selectPopulations } from '../../../../trainer/data/populations.ts';
import { type Batch, Sampler } from '../../../../trainer/data/sampler.ts';
import {
  classicCriticize,
  classicDiscriminate,
} from '../../../../trainer/networks/classic/discriminator.ts';
import { readValues, type Weights } from '../../../../trainer/networks/parameters.ts';
import { Random } from '../../../../trainer/random.ts';
import { CrossEntropyTrainee } from '../../../../trainer/training/classic/cross-entropy.ts';
import { TruncatedNoise } from '../../../../trainer/training/classic/noise.ts';
import { WassersteinTrainee } from '../../../../trainer/training/classic/wasserstein.ts';
import { createTrainee } from '../../../../trainer/training/create-trainee.ts';
import { restoreTrainee } from '../../../../trainer/training/restore.ts';
import type { StepLosses, Trainee } from '../../../../trainer/training/trainee.ts';
import { backends } from '../../../support/backends.ts';
import { useOwnCache } from '../../../support/own-cache.ts';
import { drawCelebaFolder, TINY_CROP, tinyClassicConfig } from '../../../support/tiny-run.ts';

useOwnCache();

let store: CropStore;
let populations: Population[];

const classic = tinyClassicConfig('classic', '', 100);
const BATCH = classic.batchSize;
const wasserstein = tinyClassicConfig('classic-wgan', '', 100);

beforeAll(async () => {
  const folder = await readCelebaFolder(await drawCelebaFolder([24]));
  store = await loadCrops(folder, folder.faces, TINY_CROP, 0);
  populations = selectPopulations(folder, classic.selection, 0);
});

function createSampler(): Sampler {
  return new Sampler(store, populations, classic.jitter, new Random(1));
}

function flat(weights: Weights): number[] {
  return [...readValues(weights).values()].flatMap(({ data }) => [...data]);
}

/** Takes a step's losses over as numbers. */
function numbers(losses: StepLosses): Record<string, number> {
  const values = [...losses].map(([name, loss]) => [name, loss.dataSync()[0] as number]);
  tf.dispose([...losses.values()]);
  return Object.fromEntries(values) as Record<string, number>;
}

function at(step: number): { step: number; fraction: number } {
  return { step, fraction: step / 1000 };
}

function mean(values: Iterable<number>): number {
  const list = [...values];
  return list.reduce((sum, value) => sum + value, 0) / list.length;
}

/** Cross-entropy of logits with one label. */
function crossEntropy(logits: Iterable<number>, label: 0 | 1): number {
  return mean(
    [...logits].map((logit) => {
      const probability = 1 / (1 + Math.exp(-logit));
      return -Math.log(label === 1 ? probability : 1 - probability);
    }),
  );
}

/** Mean absolute difference of 4x4 means of two pictures [n, h, w, 3]. */
function lowpassDistance(a: tf.Tensor4D, b: tf.Tensor4D): number {
  const [n, h, w] = a.shape;
  const [left, right] = [a.arraySync(), b.arraySync()];
  const distances: number[] = [];
  for (let i = 0; i < n; i++) {
    for (let y = 0; y < h; y += 4) {
      for (let x = 0; x < w; x += 4) {
        for (let c = 0; c < 3; c++) {
          let sum = 0;
          for (let k = 0; k < 16; k++) {
            const [row, column] = [y + (k >> 2), x + (k & 3)];
            sum +=
              (left[i]?.[row]?.[column]?.[c] as number) -
              (right[i]?.[row]?.[column]?.[c] as number);
          }
          distances.push(Math.abs(sum / 16));
        }
      }
    }
  }
  return mean(distances);
}

function unitRange(levels: Uint8Array): tf.Tensor4D {
  const values = Float32Array.from(levels, (level) => level / 255);
  return tf.tensor4d(values, [BATCH, TINY_CROP.height, TINY_CROP.width, 3]);
}

/** Makes a step with as many batches as it takes. */
function take(trainee: Trainee, sampler: Sampler, step: number): Record<string, number> {
  const length = trainee.batchesPerStep(at(step));
  const batches = Array.from({ length }, () => sampler.next(BATCH));
  return numbers(trainee.step(batches, at(step)));
}

describe.each(backends)('classic training on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  test.each(['as-run', 'as-intended'] as const)(
    'the losses of the README, %s, are those computed by hand',
    (annealing) => {
      const config = { ...classic, annealing };
      const trainee = new CrossEntropyTrainee(config);
      const { networks } = trainee;
      const batch = createSampler().next(BATCH);
      const [sources, reals] = [unitRange(batch.sources), unitRange(batch.reals)];
      const [deviation, weight] = annealing === 'as-run' ? [0.2, 0.95] : [0.1, 0.825];
      const noise = new TruncatedNoise(config.seed).draw(sources.shape, deviation, 0);
      const judge = (x: tf.Tensor4D): Iterable<number> =>
        classicDiscriminate(
          config.discriminator,
          networks.discriminator,
          tf.add(x, noise),
        ).dataSync();
      const fakes = networks.generate(sources);
      const adversarial = crossEntropy(judge(fakes), 1);
      const pixel = lowpassDistance(fakes, sources);
      const [real, fake] = [crossEntropy(judge(reals), 1), crossEntropy(judge(fakes), 0)];
      const losses = numbers(trainee.step([batch], at(0)));
      expect(losses['G/adversarial']).toBeCloseTo(adversarial, 4);
      expect(losses['G/lowpass']).toBeCloseTo(pixel, 4);
      expect(losses['G']).toBeCloseTo((1 - weight) * adversarial + weight * pixel, 4);
      expect(losses['D/real']).toBeCloseTo(real, 4);
      expect(losses['D/fake']).toBeCloseTo(fake, 4);
      expect(losses['D']).toBeCloseTo(real + fake, 4);
      trainee.dispose();
    },
  );

  test('the losses of the last commit are those computed by hand', () => {
    // The lowest rate, 1e-6, so that all batches of a step meet nearly the same networks.
    const trainee = new WassersteinTrainee({ ...wasserstein, learningRate: 0 });
    const { networks } = trainee;
    const score = (x: tf.Tensor4D, weights: Weights): number =>
      mean(classicCriticize(wasserstein.discriminator, weights, x).dataSync());
    const batch = createSampler().next(BATCH);
    const reals = unitRange(batch.reals);
    const fakes = networks.generate(unitRange(batch.sources));
    const [real, fake] = [reals, fakes].map((x) => score(x, networks.discriminator)) as [
      number,
      number,
    ];
    const clipped = new Map(
      [...networks.discriminator].map(([name, w]) => [name, tf.clipByValue(w, -0.01, 0.01)]),
    );
    const [laterReal, laterFake] = [reals, fakes].map((x) => score(x, clipped)) as [number, number];
    const losses = numbers(trainee.step(Array<Batch>(10).fill(batch), at(0)));
    expect(losses['D/real']).toBeCloseTo((real + 9 * laterReal) / 10, 4);
    expect(losses['D/fake']).toBeCloseTo((fake + 9 * laterFake) / 10, 4);
    expect(losses['D']).toBeCloseTo((fake - real + 9 * (laterFake - laterReal)) / 10, 4);
    expect(losses['G']).toBeUndefined();
    const later = numbers(trainee.step(Array<Batch>(8).fill(batch), at(200)));
    expect(later['G']).toBeCloseTo(-laterFake, 4);
    trainee.dispose();
  });

  test('the README updates both networks from each batch but the eleventh, and leaks nothing', () => {
    const trainee = new CrossEntropyTrainee(classic);
    const sampler = createSampler();
    const { generator, discriminator } = trainee.networks;
    take(trainee, sampler, 0);
    const tensors = tf.memory().numTensors;
    for (let step = 1; step < 12; step++) {
      const before = [flat(generator), flat(discriminator)];
      const losses = take(trainee, sampler, step);
      expect(Object.values(losses).every(Number.isFinite)).toBe(true);
      const after = [flat(generator), flat(discriminator)];
      after.forEach((values, i) => {
        if (step === 10) expect(values).toEqual(before[i]);
        else expect(values).not.toEqual(before[i]);
      });
    }
    expect(tf.memory().numTensors).toBe(tensors);
    expect(() => trainee.step([], at(0))).toThrow(/takes 1 batch, got 0/);
    expect(trainee.optimizerSteps).toEqual({ generator: 11, discriminator: 11 });
    trainee.dispose();
  }, 60_000);

  test('the last commit trains the critic first, clips it, and leaks nothing', () => {
    const trainee = new WassersteinTrainee(wasserstein);
    const sampler = createSampler();
    const { generator, discriminator } = trainee.networks;
    const initial = [flat(generator), flat(discriminator)];
    take(trainee, sampler, 0);
    const tensors = tf.memory().numTensors;
    expect(flat(generator)).toEqual(initial[0]);
    expect(flat(discriminator)).not.toEqual(initial[1]);
    expect(Math.max(...flat(discriminator).map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.01));
    take(trainee, sampler, 200);
    expect(() => trainee.step([], at(0))).toThrow(/takes 10 batches, got 0/);
    expect(trainee.optimizerSteps).toEqual({ generator: 2 });
    expect(flat(generator)).not.toEqual(initial[0]);
    expect(tf.memory().numTensors).toBe(tensors);
    trainee.dispose();
  }, 60_000);
});

describe('going on', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  test.each([
    ['classic', classic, [9], [10, 11]],
    ['classic-wgan', wasserstein, [199], [200]],
  ] as const)(
    '%s from a checkpoint makes the same steps',
    (_, config, first, second) => {
      const whole = createTrainee(config);
      const sampler = createSampler();
      first.forEach((step) => take(whole, sampler, step));
      const saved = {
        tensors: readValues(whole.tensors()),
        state: {
          step: 2,
          trainedMs: 0,
          optimizerSteps: whole.optimizerSteps,
          sampler: sampler.state,
        },
      };
      second.forEach((step) => take(whole, sampler, step));

      const resumed = createTrainee(config);
      restoreTrainee(resumed, saved);
      const sameSampler = createSampler();
      sameSampler.state = saved.state.sampler;
      second.forEach((step) => take(resumed, sameSampler, step));
      expect(readValues(resumed.tensors())).toEqual(readValues(whole.tensors()));
      expect(resumed.optimizerSteps).toEqual(whole.optimizerSteps);
    },
    60_000,
  );
});
