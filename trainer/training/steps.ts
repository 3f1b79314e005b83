import * as tf from '@tensorflow/tfjs';
import type { ModernConfig } from '../config.ts';
import type { Batch } from '../data/sampler.ts';
import { discriminate } from '../networks/discriminator.ts';
import { generatorChange } from '../networks/generator.ts';
import { oneHotLabels } from '../networks/labels.ts';
import { gradientsByName } from './gradients.ts';
import {
  chromaLoss,
  fakeLoss,
  l1Loss,
  lowpassLoss,
  mismatchLoss,
  outsideLoss,
  overshootLoss,
  pickLogits,
  r1Penalty,
  realLoss,
} from './losses.ts';
import type { TrainedModel } from './model.ts';
import type { Progress } from './progress.ts';
import { adversarialWeight, emaDecay, learningRate, lowpassWeight, restraint } from './schedule.ts';
import type { StepLosses } from './trainee.ts';

/** Share of a batch that is made over to what it is already, and should stay as it is. */
const SELF_SHARE = 0.25;

interface StepTensors {
  readonly sources: tf.Tensor4D;
  /** One-hot, the last quarter being the faces' own labels. */
  readonly labels: tf.Tensor2D;
  readonly ownLabels: tf.Tensor2D;
  readonly reals: tf.Tensor4D;
  readonly realLabels: tf.Tensor2D;
  /** Rows that are made over to another target; the rest are self rows. */
  readonly translated: number;
}

/**
 * One update of both networks from one batch: the generator first, then the discriminator on the
 * same made-over faces (simultaneous gradient descent, which saves a pass of the generator), then
 * the average. Leaks no tensor but the returned losses.
 */
export function trainStep(
  config: ModernConfig,
  model: TrainedModel,
  batch: Batch,
  progress: Progress,
): StepLosses {
  const tensors = toTensors(config, batch);
  const { losses, fakes } = generatorStep(config, model, tensors, progress);
  for (const [name, loss] of discriminatorStep(config, model, tensors, fakes, progress)) {
    losses.set(name, loss);
  }
  model.updateEma(emaDecay(config, progress));
  const { translated: _, ...disposable } = tensors;
  tf.dispose([fakes, ...Object.values(disposable)]);
  return losses;
}

/** Updates the generator only; returns the faces it made, [translated, h, w, 3]. */
function generatorStep(
  config: ModernConfig,
  model: TrainedModel,
  { sources, labels, ownLabels, translated }: StepTensors,
  progress: Progress,
): { losses: StepLosses; fakes: tf.Tensor4D } {
  const weights = config.loss;
  const restrained = restraint(config, progress);
  const losses: StepLosses = new Map();
  const kept: { fakes?: tf.Tensor4D } = {};
  const record = (name: string, loss: tf.Scalar): tf.Scalar => {
    losses.set(name, tf.keep(loss));
    return loss;
  };
  const generate = (x: tf.Tensor4D, y: tf.Tensor2D): tf.Tensor4D =>
    generatorChange(model.generatorConfig, model.generator, x, y);
  // The part of a change that users see.
  const seen = (change: tf.Tensor4D): tf.Tensor4D =>
    weights.throughMask ? tf.mul(change, tf.sub(1, model.outside)) : change;

  const { value, gradients } = gradientsByName(() => {
    const change = generate(sources, labels);
    const madeOver = seen(firstRows(change, translated));
    const x = firstRows(sources, translated);
    const fakes = tf.add<tf.Tensor4D>(x, madeOver);
    kept.fakes = tf.keep(fakes.clone());
    const logits = discriminate(model.discriminatorConfig, model.discriminator, fakes);
    const adversarial = realLoss(pickLogits(logits, firstRows(labels, translated)));
    const terms = [
      tf.mul(record('G/adversarial', adversarial), adversarialWeight(config, progress)),
      tf.mul(record('G/lowpass', lowpassLoss(madeOver)), lowpassWeight(config, progress)),
      tf.mul(record('G/chroma', chromaLoss(madeOver)), restrained * weights.chroma),
      tf.mul(
        record('G/outside', outsideLoss(firstRows(change, translated), model.outside)),
        restrained * weights.outside,
      ),
      tf.mul(record('G/self', l1Loss(lastRows(change, translated))), weights.self),
      tf.mul(record('G/overshoot', overshootLoss(fakes)), weights.overshoot),
    ];
    record('G/change', l1Loss(madeOver));
    if (weights.cycle > 0 && progress.step % weights.cycleEverySteps === 0) {
      const back = seen(generate(fakes, firstRows(ownLabels, translated)));
      const cycle = record('G/cycle', l1Loss(tf.add(madeOver, back)));
      terms.push(tf.mul(cycle, weights.cycle));
    }
    return tf.addN(terms) as tf.Scalar;
  }, model.generator);
  losses.set('G', value);
  model.generatorAdam.apply(gradients, learningRate(config, progress));
  tf.dispose([...gradients.values()]);
  return { losses, fakes: kept.fakes as tf.Tensor4D };
}

/** Updates the discriminator only. */
function discriminatorStep(
  config: ModernConfig,
  model: TrainedModel,
  { sources, labels, reals, realLabels, translated }: StepTensors,
  fakes: tf.Tensor4D,
  progress: Progress,
): StepLosses {
  const { mismatch, source, sourceEverySteps, r1Gamma, r1EverySteps } = config.loss;
  const losses: StepLosses = new Map();
  const record = (name: string, loss: tf.Scalar): tf.Scalar => {
    losses.set(name, tf.keep(loss));
    return loss;
  };
  const judge = (x: tf.Tensor4D): tf.Tensor2D =>
    discriminate(model.discriminatorConfig, model.discriminator, x);

  const { value, gradients } = gradientsByName(() => {
    const wanted = firstRows(labels, translated);
    const realLogits = judge(reals);
    const fakeLogits = pickLogits(judge(fakes), wanted);
    const terms = [
      record('D/real', realLoss(pickLogits(realLogits, realLabels))),
      record('D/fake', fakeLoss(fakeLogits)),
    ];
    if (mismatch > 0) {
      terms.push(tf.mul(record('D/mismatch', mismatchLoss(realLogits, realLabels)), mismatch));
    }
    if (source > 0 && progress.step % sourceEverySteps === 0) {
      const logits = pickLogits(judge(firstRows(sources, translated)), wanted);
      terms.push(tf.mul(record('D/source', fakeLoss(logits)), source * sourceEverySteps));
    }
    if (progress.step % r1EverySteps === 0) {
      const penalty = r1Penalty((x) => tf.sum(pickLogits(judge(x), realLabels)), reals);
      // Applied every few steps only, so weighted by their number (Karras et al., 2020).
      terms.push(tf.mul(record('D/r1', penalty), (r1EverySteps * r1Gamma) / 2));
    }
    return tf.addN(terms);
  }, model.discriminator);
  losses.set('D', value);
  model.discriminatorAdam.apply(gradients, learningRate(config, progress));
  tf.dispose([...gradients.values()]);
  return losses;
}

function toTensors(config: ModernConfig, batch: Batch): StepTensors {
  const n = batch.sourceLabels.length;
  const translated = n - Math.max(1, Math.round(n * SELF_SHARE));
  const targets = Object.keys(config.selection.targets).length;
  const shape: [number, number, number, number] = [n, config.crop.height, config.crop.width, 3];
  const { sources, ownLabels } = targets === 1 ? withRealSelfRows(batch, translated) : batch;
  const labels = batch.sourceLabels.map((label, i) =>
    i < translated ? label : (ownLabels[i] as number),
  );
  return {
    sources: toPixelRange(sources, shape),
    reals: toPixelRange(batch.reals, shape),
    labels: oneHotLabels(labels, targets),
    ownLabels: oneHotLabels(ownLabels, targets),
    realLabels: oneHotLabels(batch.realLabels, targets),
    translated,
  };
}

/** No source belongs to the only target already: real faces of the target take the self rows. */
function withRealSelfRows(
  { sources, reals, realLabels }: Batch,
  translated: number,
): Pick<Batch, 'sources' | 'ownLabels'> {
  const faceBytes = sources.length / realLabels.length;
  const mixed = sources.slice();
  mixed.set(reals.subarray(translated * faceBytes), translated * faceBytes);
  return { sources: mixed, ownLabels: realLabels };
}

/** uint8 levels to [-1, 1], [n, h, w, 3]. */
export function toPixelRange(
  levels: Uint8Array,
  shape: [number, number, number, number],
): tf.Tensor4D {
  const values = new Float32Array(levels.length);
  for (let i = 0; i < levels.length; i++) values[i] = (levels[i] as number) / 127.5 - 1;
  return tf.tensor4d(values, shape);
}

function firstRows<T extends tf.Tensor>(x: T, count: number): T {
  return tf.slice(x, 0, count);
}

function lastRows<T extends tf.Tensor>(x: T, skip: number): T {
  return tf.slice(x, skip);
}
