import { CELEBA_CROP } from '../models/contract/crop.ts';
import type {
  Annealing,
  ClassicConfig,
  ModernConfig,
  PresetName,
  RunConfig,
  TrainConfig,
} from './config.ts';

/** What the user or the data decides, and not the preset. */
type GivenField = Exclude<keyof RunConfig, 'jitter' | 'learningRate' | 'batchSize'>;

type ModernPreset = Omit<ModernConfig, GivenField | 'freezeNormFrom'>;
type ClassicPreset = Omit<ClassicConfig, GivenField>;

const MODERN_S: ModernPreset = {
  family: 'modern',
  jitter: {
    shift: 6,
    warped: 0.5,
    turn: 6,
    scale: 0.05,
    color: { share: 0.5, grey: 0.15, light: 1.25, contrast: 1.2, saturation: 1.4, balance: 1.08 },
  },
  generator: { widths: [16, 32, 64], blocks: 4 },
  discriminator: { widths: [48, 96, 128, 192], top: 192 },
  loss: {
    throughMask: true,
    adversarialRampSteps: 300,
    lowpassStart: 2,
    lowpassEnd: 0.7,
    lowpassRamp: 0.2,
    chroma: 6,
    outside: 2,
    restraintFrom: 0.65,
    self: 2,
    cycle: 1,
    cycleEverySteps: 4,
    overshoot: 1,
    mismatch: 0.5,
    source: 1,
    sourceEverySteps: 2,
    r1Gamma: 0.5,
    r1EverySteps: 8,
  },
  learningRate: 4e-4,
  beta1: 0,
  beta2: 0.99,
  emaDecay: 0.999,
  batchSize: 16,
};

/** The pictures of 2017 were mirrored at random, but neither shifted nor turned. */
const MIRRORED_ONLY = { shift: 0, warped: 0, turn: 0, scale: 0 };

export const PRESETS: Readonly<Record<PresetName, ModernPreset | ClassicPreset>> = {
  'modern-s': MODERN_S,
  'modern-m': { ...MODERN_S, generator: { widths: [16, 40, 80], blocks: 5 } },
  'modern-l': {
    ...MODERN_S,
    generator: { widths: [24, 48, 96], blocks: 5 },
    discriminator: { widths: [64, 128, 192, 256], top: 256 },
    // Larger networks take smaller steps: half the rate of the others.
    learningRate: 2e-4,
  },
  classic: {
    family: 'classic',
    objective: 'cross-entropy',
    jitter: MIRRORED_ONLY,
    generator: { widths: [24, 48, 96, 64, 48], lastKernel: 1 },
    discriminator: { widths: [32, 48, 96, 128, 128] },
    annealing: 'as-run',
    learningRate: 2e-4,
    batchSize: 16,
  },
  'classic-wgan': {
    family: 'classic',
    objective: 'wasserstein',
    jitter: MIRRORED_ONLY,
    generator: { widths: [24, 48, 96, 64, 48], lastKernel: 3 },
    discriminator: { widths: [64, 96, 128, 192, 192] },
    // By its last commit the project ran what it intended.
    annealing: 'as-intended',
    learningRate: 1e-4,
    batchSize: 16,
  },
};

export type TrainOptions = Pick<
  RunConfig,
  'preset' | 'data' | 'selection' | 'steps' | 'minutes' | 'seed'
> &
  Partial<Pick<RunConfig, 'warmStart' | 'batchSize' | 'learningRate' | 'warnings'>> & {
    /** For the preset `classic` only. */
    readonly annealing?: Annealing | undefined;
    /** For the presets `modern` only. */
    readonly freezeNormFrom?: number | undefined;
  };

/** Fills a run's options up with its preset. Throws an Error for values that cannot work. */
export function resolveConfig({
  annealing,
  freezeNormFrom,
  ...options
}: TrainOptions): TrainConfig {
  const preset = PRESETS[options.preset];
  const base = { crop: CELEBA_CROP, warmStart: undefined, warnings: [] };
  if (annealing !== undefined && options.preset !== 'classic') {
    throw new Error(`--annealing belongs to the preset classic, not to ${options.preset}`);
  }
  if (preset.family === 'classic') {
    if (freezeNormFrom !== undefined) {
      throw new Error(`--freeze-norm belongs to the presets modern, not to ${options.preset}`);
    }
    return requireClassic({
      ...base,
      ...preset,
      ...options,
      annealing: annealing ?? preset.annealing,
    });
  }
  const isSingle = options.selection.sources !== undefined;
  const loss = isSingle ? { ...preset.loss, cycle: 0, mismatch: 0 } : preset.loss;
  return requireModern({ ...base, freezeNormFrom, ...preset, ...options, loss });
}

function requireClassic(config: ClassicConfig): ClassicConfig {
  if (config.selection.sources === undefined) {
    throw new Error(
      `the preset ${config.preset} learns one direction: give --mode, or --sources and one --target`,
    );
  }
  if (!Number.isInteger(config.batchSize)) {
    throw new Error(`batch size ${config.batchSize} must be a whole number`);
  }
  return config;
}

function requireModern(config: ModernConfig): ModernConfig {
  const targets = Object.keys(config.selection.targets).length;
  // Three quarters of a batch are made over, and the discriminator compares them in groups of 4.
  if (config.batchSize % 16 !== 0 || config.batchSize % targets !== 0) {
    throw new Error(
      `batch size ${config.batchSize} must be a multiple of 16 and of the number of targets, ${targets}`,
    );
  }
  return config;
}
