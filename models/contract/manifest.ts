import type { CropGeometry, FacePoints } from './crop.ts';
import { readDetector, readGenerator, readKind } from './manifest-reader.ts';
import { BOXES, IMAGE, RESIDUAL, RESULT, SCORES } from './tensor.ts';
import type { ModelVariant } from './variants.ts';

/** Version of the manifest's own layout; readers refuse another one. */
export const MANIFEST_SCHEMA = 1;

export interface ModelFile {
  /** Path inside the model's folder. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface TensorSpec {
  readonly name: string;
  readonly type: 'uint8' | 'float32';
  /** A number, or the name of a free dimension, e.g. ['n', 'h', 'w', 3]. */
  readonly dims: readonly (number | string)[];
}

/** The largest and the mean difference, in the output's own units, that still count as equal. */
export interface Tolerance {
  readonly maxAbs: number;
  readonly meanAbs: number;
}

export interface OutputGolden {
  /** Name of the model's output. */
  readonly output: string;
  /** Raw little-endian values that the tf.js network gave, as stored beside the model. */
  readonly path: string;
  readonly dims: readonly number[];
  readonly type: 'uint8' | 'float32';
  /** Per provider class, e.g. cpu, cuda, wasm, webgpu. */
  readonly tolerance: Readonly<Record<string, Tolerance>>;
}

/** Inputs and the outputs that the model must reproduce before it may serve. */
export interface GoldenPairs {
  readonly input: {
    readonly name: string;
    readonly path: string;
    readonly dims: readonly number[];
    readonly type: 'uint8' | 'float32';
  };
  readonly outputs: readonly OutputGolden[];
}

interface ManifestBase {
  readonly schema: typeof MANIFEST_SCHEMA;
  readonly name: string;
  readonly version: number;
  readonly title: string;
  readonly licence: string;
  /** Every file of the model's folder but the manifest itself; the first is the float32 model. */
  readonly files: readonly ModelFile[];
  /** The ways in which the model is written, and which file suits which provider; see `fileFor`. */
  readonly variants?: readonly ModelVariant[] | undefined;
  readonly opset: number;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly parameters: number;
  /** Billions of floating point operations (2 x multiply-accumulates) for one input. */
  readonly gflop: number;
  readonly golden: GoldenPairs;
  /** How far the exported file was from tf.js when it was made. */
  readonly parity: readonly ParityRow[];
}

export interface ParityRow {
  readonly output: string;
  /** What it was compared on, e.g. "golden" or "random weights". */
  readonly inputs: string;
  readonly provider: string;
  readonly maxAbs: number;
  readonly meanAbs: number;
}

export interface DataSource {
  readonly name: string;
  readonly licence: string;
  readonly attribution: string;
}

/** Training went wrong, and went on from a checkpoint at a lower learning rate. */
export interface TrainingDivergence {
  /** Steps done when it was noticed. */
  readonly noticedAtStep: number;
  readonly reason: string;
  readonly reloadedStep: number;
  /** The learning rate's share of the schedule's from then on. */
  readonly learningRateScale: number;
}

export interface TrainingSummary {
  readonly preset: string;
  readonly configSha256: string;
  readonly dataSha256: string;
  /** The selection expressions of the run. */
  readonly faces: string;
  /** Faces to be made over, where the run learnt one target alone. */
  readonly sources?: string;
  readonly targets: Readonly<Record<string, string>>;
  readonly steps: number;
  readonly images: number;
  readonly trainMinutes: number;
  /** None in manifests of before this was recorded. */
  readonly divergences: readonly TrainingDivergence[];
  readonly backend: string;
  readonly commit: string;
}

/** One cell of the evaluation table. */
export interface EvaluationRow {
  /** Splits of the data that it was measured on, e.g. "2" or "1+2". */
  readonly splits: string;
  readonly figure: string;
  /** What was measured: "model", a baseline such as "do nothing", or "real targets". */
  readonly of: string;
  /** The instrument, or "pixels" for figures that need none. */
  readonly by: string;
  /** "all", or a group of faces such as "race: Black". */
  readonly group: string;
  /** Number of faces measured. */
  readonly faces: number;
  readonly value: number;
  /** Standard deviation over repetitions, for figures that are estimated from random samples. */
  readonly deviation?: number | undefined;
}

export interface GeneratorManifest extends ManifestBase {
  readonly kind: 'generator';
  readonly crop: CropGeometry;
  /** Height and width of an input must be multiples of this. */
  readonly sizeMultiple: number;
  readonly training: TrainingSummary;
  readonly evaluation: readonly EvaluationRow[];
  readonly data: readonly DataSource[];
}

/** One grid of anchors of a single-shot detector: `perCell` anchors in each of size x size cells. */
export interface AnchorGrid {
  readonly size: number;
  readonly perCell: number;
}

export interface DetectorManifest extends ManifestBase {
  readonly kind: 'face-detector';
  /** Side of the square input in px. */
  readonly inputSize: number;
  readonly anchors: readonly AnchorGrid[];
  /** A detection counts from this probability on. */
  readonly minScore: number;
  /** Detections that overlap more than this (intersection over union) are one face. */
  readonly maxOverlap: number;
  /**
   * Mean of (template - detector's point) on the data, in crop px of the aligned frame: added to
   * the detector's points so that serving aligns faces as the training data was aligned.
   */
  readonly pointOffset: FacePoints;
}

export type Manifest = GeneratorManifest | DetectorManifest;

/**
 * Checks the content of a `manifest.json`. Fields that this version does not know are left out.
 *
 * @throws Error that names the field, what was expected and what was found
 */
export function parseManifest(json: unknown): Manifest {
  try {
    const { kind } = readKind(json, '');
    if (kind === 'generator') {
      return requireWhole(readGenerator(json, ''), [RESULT, RESIDUAL]);
    }
    return requireWhole(readDetector(json, ''), [BOXES, SCORES]);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the manifest is not valid: ${reason}. Export the model again`, { cause });
  }
}

function requireWhole<M extends Manifest>(manifest: M, outputs: readonly string[]): M {
  const check = (field: 'inputs' | 'outputs', name: string): void => {
    const names = manifest[field].map((tensor) => tensor.name);
    if (names.includes(name)) return;
    throw new Error(`${field} are ${names.join(', ')}, expected ${name} among them`);
  };
  check('inputs', IMAGE);
  for (const name of outputs) check('outputs', name);
  requireVariantFiles(manifest);
  return manifest;
}

function requireVariantFiles({ files, variants = [] }: Manifest): void {
  for (const { precision, path, suits } of variants) {
    if (path === undefined && suits.length > 0) {
      throw new Error(`the ${precision} variant suits ${suits.join(', ')} but has no file`);
    }
    if (path !== undefined && !files.some((file) => file.path === path)) {
      throw new Error(`files lack ${path}, the ${precision} variant`);
    }
  }
}
