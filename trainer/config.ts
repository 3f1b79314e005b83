import { createHash } from 'node:crypto';
import { CELEBA_CROP, type CropGeometry } from '../models/contract/crop.ts';
import type { DataLocation } from './data/folder-pair.ts';
import type { Jitter } from './data/jitter.ts';
import type { Selection } from './data/populations.ts';

/** Everything that decides a run's result; stored resolved in the run folder as `config.json`. */
export interface TrainConfig {
  readonly preset: PresetName;
  readonly data: DataLocation;
  readonly selection: Selection;
  readonly crop: CropGeometry;
  readonly jitter: Jitter;
  readonly generator: {
    readonly widths: readonly [number, number, number];
    readonly blocks: number;
  };
  readonly discriminator: { readonly widths: readonly number[]; readonly top: number };
  readonly loss: LossWeights;
  /** SHA-256 of the weights that a run goes on from; undefined for one that starts from nothing. */
  readonly warmStart: string | undefined;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  /** Decay of the exponential moving average of the generator's weights, per step. */
  readonly emaDecay: number;
  /**
   * Share of the run after which the generator's normalisations use fixed statistics of the data
   * instead of each face's own, so that they fold into the convolutions; undefined: never. 0 goes on
   * from a network whose normalisations are frozen already.
   */
  readonly freezeNormFrom: number | undefined;
  /** Faces per step, a multiple of 16 and of the number of targets. */
  readonly batchSize: number;
  /** The run ends after this many steps, or, if undefined, after `minutes`. */
  readonly steps: number | undefined;
  /** Minutes of training, pauses between resumed parts not counted. */
  readonly minutes: number;
  readonly seed: number;
}

export interface LossWeights {
  /** The adversarial loss reaches its full weight of 1 at this step. */
  readonly adversarialRampSteps: number;
  /** Weight of the L1 distance of 4x4 means at the start, and from `lowpassRamp` of the run on. */
  readonly lowpassStart: number;
  readonly lowpassEnd: number;
  readonly lowpassRamp: number;
  /** Weight of the same distance for the colour alone, on top, from `restraintFrom` on. */
  readonly chroma: number;
  /** Weight of the L1 distance outside the mask that the blend applies, from `restraintFrom` on. */
  readonly outside: number;
  /** Share of the run after which colour and surroundings are held back. */
  readonly restraintFrom: number;
  /** Weight of the L1 distance of faces made over to what they are already. */
  readonly self: number;
  readonly cycle: number;
  readonly cycleEverySteps: number;
  readonly overshoot: number;
  /** Weight of rejecting real faces of one target under the name of another. */
  readonly mismatch: number;
  /** Weight of rejecting the faces to be made over, as they are, under their target's name. */
  readonly source: number;
  readonly sourceEverySteps: number;
  /** Zero-centred gradient penalty on real faces (Mescheder et al., 2018). */
  readonly r1Gamma: number;
  readonly r1EverySteps: number;
}

export type PresetName = 'modern-s';

type Preset = Pick<
  TrainConfig,
  | 'jitter'
  | 'generator'
  | 'discriminator'
  | 'loss'
  | 'learningRate'
  | 'beta1'
  | 'beta2'
  | 'emaDecay'
  | 'batchSize'
>;

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  'modern-s': {
    jitter: { shift: 6, warped: 0.5, turn: 6, scale: 0.05 },
    generator: { widths: [16, 32, 64], blocks: 4 },
    discriminator: { widths: [48, 96, 128, 192], top: 192 },
    loss: {
      adversarialRampSteps: 300,
      lowpassStart: 2,
      lowpassEnd: 0.7,
      lowpassRamp: 0.2,
      chroma: 4,
      outside: 2,
      restraintFrom: 0.65,
      self: 2,
      cycle: 1,
      cycleEverySteps: 4,
      overshoot: 1,
      mismatch: 0.5,
      source: 0.5,
      sourceEverySteps: 2,
      r1Gamma: 0.5,
      r1EverySteps: 8,
    },
    learningRate: 4e-4,
    beta1: 0,
    beta2: 0.99,
    emaDecay: 0.999,
    batchSize: 16,
  },
};

export type TrainOptions = Pick<
  TrainConfig,
  'preset' | 'data' | 'selection' | 'steps' | 'minutes' | 'seed'
> &
  Partial<Pick<TrainConfig, 'warmStart' | 'batchSize' | 'learningRate' | 'freezeNormFrom'>>;

/** Fills a run's options up with its preset. Throws an Error for values that cannot work. */
export function resolveConfig(options: TrainOptions): TrainConfig {
  const config: TrainConfig = {
    crop: CELEBA_CROP,
    warmStart: undefined,
    freezeNormFrom: undefined,
    ...PRESETS[options.preset],
    ...options,
  };
  const targets = Object.keys(config.selection.targets).length;
  // Three quarters of a batch are made over, and the discriminator compares them in groups of 4.
  if (config.batchSize % 16 !== 0 || config.batchSize % targets !== 0) {
    throw new Error(
      `batch size ${config.batchSize} must be a multiple of 16 and of the number of targets, ${targets}`,
    );
  }
  return config;
}

/** Names a configuration in cards: everything but where the data lay. */
export function hashConfig(config: TrainConfig): string {
  const { data: _, ...rest } = config;
  return createHash('sha256').update(JSON.stringify(rest)).digest('hex');
}
