import { createHash } from 'node:crypto';
import type { CropGeometry } from '../models/contract/crop.ts';
import type { DataLocation } from './data/folder-pair.ts';
import type { Jitter } from './data/jitter.ts';
import type { Selection } from './data/populations.ts';
import type { ClassicDiscriminatorConfig } from './networks/classic/discriminator.ts';
import type { ClassicGeneratorConfig } from './networks/classic/generator.ts';

/**
 * Everything that decides a run's result; stored resolved in the run folder as `config.json`. Which
 * fields there are depends on the family of its networks.
 */
export type TrainConfig = ModernConfig | ClassicConfig;

export type PresetName = 'modern-s' | 'modern-m' | 'modern-l' | 'classic' | 'classic-wgan';

/** What a run of any family has. */
export interface RunConfig {
  readonly preset: PresetName;
  readonly data: DataLocation;
  readonly selection: Selection;
  /** What the user was told when the run was set up, e.g. which terms its mode had to drop. */
  readonly warnings: readonly string[];
  readonly crop: CropGeometry;
  readonly jitter: Jitter;
  /** SHA-256 of the weights that a run goes on from; undefined for one that starts from nothing. */
  readonly warmStart: string | undefined;
  readonly learningRate: number;
  /** Faces per batch; for `modern` a multiple of 16 and of the number of targets. */
  readonly batchSize: number;
  /** The run ends after this many steps, or, if undefined, after `minutes`. */
  readonly steps: number | undefined;
  /** Minutes of training, pauses between resumed parts not counted. */
  readonly minutes: number;
  readonly seed: number;
}

/** Ours: one generator for all targets, which answers with a change. */
export interface ModernConfig extends RunConfig {
  readonly family: 'modern';
  readonly generator: {
    readonly widths: readonly [number, number, number];
    readonly blocks: number;
  };
  readonly discriminator: { readonly widths: readonly number[]; readonly top: number };
  readonly loss: LossWeights;
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
}

/**
 * The networks and losses of the 2017 project, which learn one direction: of its README
 * (`cross-entropy`) or of its last commit (`wasserstein`).
 */
export interface ClassicConfig extends RunConfig {
  readonly family: 'classic';
  readonly objective: 'cross-entropy' | 'wasserstein';
  readonly generator: ClassicGeneratorConfig;
  readonly discriminator: ClassicDiscriminatorConfig;
  readonly annealing: Annealing;
}

/**
 * Whether noise, pixel loss and learning rate fall over time. The 2017 README meant them to, but the
 * code of that time never ran the assignment, so that they stayed as they were.
 */
export type Annealing = 'as-run' | 'as-intended';

export interface LossWeights {
  /**
   * Whether the discriminator sees faces as users will, changed only where the blend's mask lets the
   * change through. Trained without, one makeover in ten loses its success to the mask.
   */
  readonly throughMask: boolean;
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
  /** 0 where there is one target only, from which no way leads back. */
  readonly cycle: number;
  readonly cycleEverySteps: number;
  readonly overshoot: number;
  /** Weight of rejecting real faces of one target under the name of another; 0 for one target. */
  readonly mismatch: number;
  /** Weight of rejecting the faces to be made over, as they are, under their target's name. */
  readonly source: number;
  readonly sourceEverySteps: number;
  /** Zero-centred gradient penalty on real faces (Mescheder et al., 2018). */
  readonly r1Gamma: number;
  readonly r1EverySteps: number;
}

/** Names a configuration in cards: everything but where the data lay. */
export function hashConfig(config: TrainConfig): string {
  const { data: _, ...rest } = config;
  return createHash('sha256').update(JSON.stringify(rest)).digest('hex');
}
