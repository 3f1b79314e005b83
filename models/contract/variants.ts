import type { GoldenPairs, Manifest, Tolerance } from './manifest.ts';

/** How a file of a model stores its weights and computes. */
export type Precision = 'fp32' | 'fp16' | 'int8';

/** One way of writing a model, measured beside the float32 file. */
export interface ModelVariant {
  readonly precision: Precision;
  /** The file inside the model's folder; missing where no provider would gain by it. */
  readonly path?: string | undefined;
  readonly bytes: number;
  /** Provider classes that load this file, e.g. cpu, cuda, wasm, webgpu. */
  readonly suits: readonly string[];
  readonly speed: readonly VariantSpeed[];
  /** What it loses against the float32 file, which has none itself. */
  readonly quality?: VariantQuality | undefined;
  /**
   * What counts as equal to the golden outputs, by output and provider class; the golden pairs' own
   * where it has none.
   */
  readonly tolerance: Readonly<Record<string, Readonly<Record<string, Tolerance>>>>;
}

/** One session on one thread, batch 1, measured in turn with the float32 file. */
export interface VariantSpeed {
  readonly provider: string;
  /** Median time of one run. */
  readonly medianMs: number;
  /** Median of how many times as fast as the float32 file it was, pair by pair. */
  readonly ratio: number;
}

/** How results on test faces differ from those of the float32 file, in grey levels. */
export interface VariantQuality {
  /** Splits of the data that the faces are of, e.g. "1+2". */
  readonly splits: string;
  readonly faces: number;
  /** Mean structural similarity of the results. */
  readonly ssim: number;
  readonly maxAbs: number;
  readonly meanAbs: number;
  readonly success: readonly SuccessDifference[];
}

/** Share of results on the target side: the variant's minus the float32 file's, same faces. */
export interface SuccessDifference {
  /** The instrument. */
  readonly by: string;
  readonly difference: number;
  /** Ends of the paired 95 % interval. */
  readonly low: number;
  readonly high: number;
}

/**
 * The ONNX file that a provider class should load: the one that suits it, or else the first, which
 * is the float32 model.
 *
 * @throws Error when the manifest lists no files
 */
export function fileFor(
  { files, variants = [] }: Pick<Manifest, 'files' | 'variants'>,
  provider: string,
): string {
  const suited = variants.find(({ suits }) => suits.includes(provider));
  const path = suited?.path ?? files[0]?.path;
  if (path === undefined) throw new Error('the manifest lists no files: export the model again');
  return path;
}

/** The golden pairs with what counts as equal for one of the model's files. */
export function goldenOf(
  { golden, variants = [] }: Pick<Manifest, 'golden' | 'variants'>,
  path: string,
): GoldenPairs {
  const own = variants.find((variant) => variant.path === path)?.tolerance ?? {};
  const outputs = golden.outputs.map((output) => ({
    ...output,
    tolerance: own[output.output] ?? output.tolerance,
  }));
  return { ...golden, outputs };
}

/** Every ONNX file of a model, the float32 one first. */
export function modelPaths({
  files,
  variants = [],
}: Pick<Manifest, 'files' | 'variants'>): string[] {
  const first = files[0]?.path;
  const paths = variants.flatMap(({ path }) => (path === undefined ? [] : [path]));
  return [...new Set([...(first === undefined ? [] : [first]), ...paths])];
}
