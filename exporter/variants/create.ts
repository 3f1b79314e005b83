import type { Tolerance } from '../../models/contract/manifest.ts';
import {
  IMAGE,
  type ModelRunner,
  type Tensor,
  type TensorMap,
} from '../../models/contract/tensor.ts';
import type {
  ModelVariant,
  Precision,
  VariantQuality,
  VariantSpeed,
} from '../../models/contract/variants.ts';
import { createRunner } from '../../trainer/evaluation/runner.ts';
import { measureParity, type ToleranceByProvider } from '../golden.ts';
import { createWasmRunner } from '../wasm-runner.ts';
import { storeHalfWeights } from './half-weights.ts';
import { isQuantizable, quantizeModel } from './int8/quantize.ts';
import { measureSpeed, median } from './speed.ts';
import { assignProviders } from './suitability.ts';

/** Pairs of runs that speed is measured by; a run takes ten times as long in WebAssembly. */
const PAIRS = { cpu: 100, wasm: 30 } as const;
/** A later run may differ from tf.js by this much more than the one that was measured. */
const TOLERANCE_MARGIN = 1.5;

export interface VariantRequest {
  /** The float32 file. */
  readonly model: Uint8Array;
  /** The same graph as `model` before rewrites to operators that have no integer form. */
  readonly plainModel: Uint8Array;
  /** Golden input, uint8 [n, h, w, 3]; the speed is that of its first picture. */
  readonly golden: Tensor;
  /** What tf.js gives for it. */
  readonly expected: TensorMap;
  /** What counts as equal for the float32 file, by output. */
  readonly tolerances: Readonly<Record<string, ToleranceByProvider>>;
  /** Pictures of what the model is for, uint8 [1, h, w, 3]. */
  readonly calibration: readonly Tensor[];
  /** Measures on test faces what variants lose against the model. */
  readonly compare: (
    model: ModelRunner,
    variants: readonly ModelRunner[],
  ) => Promise<readonly VariantQuality[]>;
}

export interface VariantSet {
  readonly variants: readonly ModelVariant[];
  /** Those that a provider should load, by name; without the float32 file. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/**
 * Makes the fp16 and, where the network is wide enough to gain by it, the int8 file of a generator,
 * measures both against the float32 file, and decides which provider class should load which. Files
 * that nobody should load are not among the result's, but what was measured is.
 *
 * @throws Error when a variant cannot be made, is not compared, or gives outputs of other dims
 */
export async function createVariants(request: VariantRequest): Promise<VariantSet> {
  const { model, compare } = request;
  const made = await makeFiles(request);
  const runners = await Promise.all(made.map(({ file }) => createRunner(file)));
  const qualities = await compare(await createRunner(model), runners);
  const measured = await Promise.all(
    made.map(async (variant, i) => {
      const [runner, quality] = [runners[i], qualities[i]];
      if (runner === undefined || quality === undefined) {
        throw new Error(`the ${variant.precision} variant was not compared with float32`);
      }
      return { ...variant, quality, tolerance: await measureTolerance(runner, request) };
    }),
  );
  const { reference, speeds } = await measureSpeeds(request, measured);
  const float32 = { precision: 'fp32' as const, file: model, speed: reference, tolerance: {} };
  const all = [float32, ...measured.map((variant, i) => ({ ...variant, speed: speeds[i] ?? [] }))];
  const suits = assignProviders(all);
  const files: Record<string, Uint8Array> = {};
  const variants = all.map(({ file, precision, ...figures }): ModelVariant => {
    const providers = suits.get(precision) ?? [];
    const path = variantPath(precision);
    const isShipped = precision === 'fp32' || providers.length > 0;
    if (isShipped && precision !== 'fp32') files[path] = file;
    return {
      precision,
      ...(isShipped && { path }),
      bytes: file.length,
      suits: providers,
      ...figures,
    };
  });
  return { variants, files };
}

interface VariantFile {
  readonly precision: Precision;
  readonly file: Uint8Array;
}

async function makeFiles({
  model,
  plainModel,
  calibration,
}: VariantRequest): Promise<VariantFile[]> {
  const half: VariantFile = { precision: 'fp16', file: storeHalfWeights(model) };
  if (!isQuantizable(plainModel)) return [half];
  const feeds = calibration.map((picture) => ({ [IMAGE]: picture }));
  return [half, { precision: 'int8', file: await quantizeModel(plainModel, feeds) }];
}

/** The name of a variant's file. */
function variantPath(precision: Precision): string {
  return precision === 'fp32' ? 'model.onnx' : `model.${precision}.onnx`;
}

/** One after the other, since speeds that are measured at once slow each other. */
async function measureSpeeds(
  { model, golden }: VariantRequest,
  variants: readonly VariantFile[],
): Promise<{ reference: VariantSpeed[]; speeds: VariantSpeed[][] }> {
  const providers = [
    { provider: 'cpu', load: (file: Uint8Array) => createRunner(file, 1), pairs: PAIRS.cpu },
    { provider: 'wasm', load: createWasmRunner, pairs: PAIRS.wasm },
  ];
  const feeds = { [IMAGE]: firstPicture(golden) };
  const reference: VariantSpeed[] = [];
  const speeds = variants.map((): VariantSpeed[] => []);
  for (const { provider, load, pairs } of providers) {
    const float32 = await load(model);
    const referenceTimes: number[] = [];
    for (const [i, { file }] of variants.entries()) {
      const measured = await measureSpeed(await load(file), float32, feeds, pairs);
      speeds[i]?.push({ provider, medianMs: measured.medianMs, ratio: measured.ratio });
      referenceTimes.push(measured.referenceMs);
    }
    reference.push({ provider, medianMs: median(referenceTimes), ratio: 1 });
  }
  return { reference, speeds };
}

function firstPicture({ dims, data }: Tensor): Tensor {
  const size = dims.slice(1).reduce((product, dim) => product * dim, 1);
  return { type: 'uint8', dims: [1, ...dims.slice(1)], data: Uint8Array.from(data.slice(0, size)) };
}

/** The float32 file's tolerance, widened by how far the variant is from tf.js here. */
async function measureTolerance(
  runner: ModelRunner,
  { golden, expected, tolerances }: VariantRequest,
): Promise<ModelVariant['tolerance']> {
  const rows = await measureParity(runner, IMAGE, golden, expected);
  return Object.fromEntries(
    rows.map((row) => [row.output, widen(tolerances[row.output] ?? {}, row)]),
  );
}

function widen(base: ToleranceByProvider, measured: Tolerance): ToleranceByProvider {
  return Object.fromEntries(
    Object.entries(base).map(([provider, { maxAbs, meanAbs }]) => [
      provider,
      {
        maxAbs: withMargin(maxAbs, measured.maxAbs),
        meanAbs: withMargin(meanAbs, measured.meanAbs),
      },
    ]),
  );
}

function withMargin(base: number, measured: number): number {
  return Number((base + TOLERANCE_MARGIN * measured).toPrecision(4));
}
