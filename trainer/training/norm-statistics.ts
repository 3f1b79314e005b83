import * as tf from '@tensorflow/tfjs';
import {
  FROZEN_MEAN,
  FROZEN_VARIANCE,
  frozenShapes,
  type GeneratorConfig,
  generatorChange,
} from '../networks/generator.ts';
import { oneHotLabels } from '../networks/labels.ts';
import type { ParameterValue, ParameterValues, Weights } from '../networks/parameters.ts';

/** Faces and the targets that they are made over to. */
export interface LabelledFaces {
  /** In [-1, 1], [n, h, w, 3]. */
  readonly x: tf.Tensor4D;
  /** Index of each face's target. */
  readonly targets: Int32Array;
}

/**
 * Mean and variance of what goes into each normalisation of a generator, over all pixels of all
 * faces of a target, under the names that freeze the normalisation. Each batch is disposed of.
 *
 * @throws Error when there is no face of one of the targets
 */
export function collectNormStatistics(
  config: GeneratorConfig,
  weights: Weights,
  batches: Iterable<LabelledFaces>,
): Map<string, ParameterValue> {
  const moments = new Map(
    [...frozenShapes(config)].map(([name, shape]) => [name, new Moments(shape)]),
  );
  for (const { x, targets } of batches) {
    tf.tidy(() => {
      const labels = oneHotLabels(targets, config.targets);
      generatorChange(config, weights, x, labels, (name, h) => moments.get(name)?.add(h, targets));
    });
    x.dispose();
  }
  const statistics = new Map<string, ParameterValue>();
  for (const [name, { mean, variance }] of moments) {
    statistics.set(`${name}/${FROZEN_MEAN}`, mean);
    statistics.set(`${name}/${FROZEN_VARIANCE}`, variance);
  }
  return statistics;
}

/** The frozen statistics among a network's weights; empty when its normalisations are not frozen. */
export function frozenStatistics(values: ParameterValues): Map<string, ParameterValue> {
  return new Map(
    [...values].filter(
      ([name]) => name.endsWith(`/${FROZEN_MEAN}`) || name.endsWith(`/${FROZEN_VARIANCE}`),
    ),
  );
}

/** Throws an Error unless there are statistics of the right shape for every normalisation. */
export function requireNormStatistics(config: GeneratorConfig, values: ParameterValues): void {
  for (const [norm, shape] of frozenShapes(config)) {
    for (const part of [FROZEN_MEAN, FROZEN_VARIANCE]) {
      const name = `${norm}/${part}`;
      const found = values.get(name)?.shape.join();
      if (found !== shape.join()) {
        throw new Error(
          `the frozen normalisations have ${name} of shape [${found ?? ''}], this run's network needs [${shape.join()}]`,
        );
      }
    }
  }
}

/** Means and variances of a feature map's channels, summed up over faces in double precision. */
class Moments {
  readonly #shape: readonly number[];
  readonly #channels: number;
  /** Faces of each target; of all targets where the shape has none. */
  readonly #faces: Float64Array;
  readonly #means: Float64Array;
  readonly #squaredMeans: Float64Array;
  readonly #variances: Float64Array;

  /** @param shape [targets, c] or [c] */
  constructor(shape: readonly number[]) {
    this.#shape = shape;
    this.#channels = shape.at(-1) ?? 0;
    const groups = shape.length === 1 ? 1 : (shape[0] ?? 0);
    this.#faces = new Float64Array(groups);
    this.#means = new Float64Array(groups * this.#channels);
    this.#squaredMeans = new Float64Array(groups * this.#channels);
    this.#variances = new Float64Array(groups * this.#channels);
  }

  /** @param x [n, h, w, c], of the same size each time */
  add(x: tf.Tensor4D, targets: Int32Array): void {
    const moments = tf.moments(x, [1, 2]);
    const [means, variances] = [moments.mean.dataSync(), moments.variance.dataSync()];
    targets.forEach((target, face) => {
      const group = this.#faces.length === 1 ? 0 : target;
      this.#faces[group] = (this.#faces[group] as number) + 1;
      for (let channel = 0; channel < this.#channels; channel++) {
        const from = face * this.#channels + channel;
        const to = group * this.#channels + channel;
        const mean = means[from] as number;
        this.#means[to] = (this.#means[to] as number) + mean;
        this.#squaredMeans[to] = (this.#squaredMeans[to] as number) + mean ** 2;
        this.#variances[to] = (this.#variances[to] as number) + (variances[from] as number);
      }
    });
  }

  /** Throws an Error when a target had no face. */
  get mean(): ParameterValue {
    const data = Float32Array.from(this.#means, (sum, i) => sum / this.#count(i));
    return { shape: this.#shape, data };
  }

  /** Variance within the faces plus the variance of their means: that of all pixels together. */
  get variance(): ParameterValue {
    const data = Float32Array.from(this.#variances, (sum, i) => {
      const count = this.#count(i);
      const meanSquare = ((this.#means[i] as number) / count) ** 2;
      return (sum + (this.#squaredMeans[i] as number)) / count - meanSquare;
    });
    return { shape: this.#shape, data };
  }

  /** Number of faces behind the value at an index. */
  #count(index: number): number {
    const group = Math.floor(index / this.#channels);
    const faces = this.#faces[group] as number;
    if (faces === 0) throw new Error(`no face was made over to target ${group}`);
    return faces;
  }
}
