import type { CropGeometry } from '../../models/contract/crop.ts';
import { MANIFEST_SCHEMA, type ParityRow } from '../../models/contract/manifest.ts';
import {
  IMAGE,
  RESIDUAL,
  RESULT,
  type Tensor,
  type TensorMap,
} from '../../models/contract/tensor.ts';
import { createRunner } from '../../trainer/evaluation/runner.ts';
import { WARM_START_FILE } from '../../trainer/training/warm-start.ts';
import type { TrainingData } from '../data-sources.ts';
import { createGolden, measureParity, type ToleranceByProvider } from '../golden.ts';
import { type GraphBuilder, OPSET } from '../onnx/graph-builder.ts';
import { mergeEnlargements } from '../onnx/merge-enlargements.ts';
import type { GeneratorDraft, ModelFiles } from '../publish.ts';
import { createVariants, type VariantSet } from '../variants/create.ts';
import { SIZE_MULTIPLE } from './border.ts';
import { generatorCard } from './card.ts';
import type { Measurement } from './measurement.ts';
import type { TrainedRun } from './run-folder.ts';

/** The largest difference from tf.js with which a model is published: 1e-4 in [-1, 1]. */
const MAX_RESIDUAL_PARITY = 1e-4 * 127.5;
const MAX_RESULT_PARITY = 1;

/**
 * What counts as equal later, on other machines, in grey levels. GPUs may multiply with 10-bit
 * mantissas (TF32).
 */
const TOLERANCES: Readonly<Record<string, ToleranceByProvider>> = {
  [RESULT]: {
    cpu: { maxAbs: 1, meanAbs: 0.01 },
    wasm: { maxAbs: 1, meanAbs: 0.01 },
    webgpu: { maxAbs: 2, meanAbs: 0.05 },
    cuda: { maxAbs: 2, meanAbs: 0.1 },
  },
  [RESIDUAL]: {
    cpu: { maxAbs: MAX_RESIDUAL_PARITY, meanAbs: 0.001 },
    wasm: { maxAbs: 0.05, meanAbs: 0.005 },
    webgpu: { maxAbs: 0.5, meanAbs: 0.05 },
    cuda: { maxAbs: 1.5, meanAbs: 0.1 },
  },
};

export interface GeneratorExport {
  readonly draft: GeneratorDraft;
  readonly files: ModelFiles;
}

export interface GeneratorRequest {
  readonly run: TrainedRun;
  readonly target: string;
  readonly version: number;
  readonly data: TrainingData;
  readonly commit: string;
  /** Aligned faces, uint8 [n, h, w, 3] of the crop's size, for the golden pairs. */
  readonly crops: Tensor;
  /** Left out, nothing is known about the model's quality, and float32 is its only file. */
  readonly measurement?: Measurement | undefined;
}

/**
 * Makes everything that a generator's folder holds, compares it with tf.js on the active backend, and
 * has it measured.
 *
 * @throws Error when the exported model differs from tf.js by more than 1e-4 or one grey level
 */
export async function exportGenerator(request: GeneratorRequest): Promise<GeneratorExport> {
  const { run, target, version, data, commit, crops } = request;
  const { graph, model, plainModel } = buildModel(run, target, version);
  const expected = run.network.run(run.targets.indexOf(target), crops);
  const runner = await createRunner(model);
  const parity = await measureParity(runner, IMAGE, crops, expected);
  refuseDifference(target, parity);
  const { golden, files } = createGolden(IMAGE, crops, expected, TOLERANCES);
  const { variants, files: variantFiles } = await makeVariants(
    request,
    { model, plainModel },
    expected,
  );
  const draft: GeneratorDraft = {
    schema: MANIFEST_SCHEMA,
    kind: 'generator',
    name: target,
    version,
    title: `${target.charAt(0).toUpperCase()}${target.slice(1)}`,
    licence: data.modelLicence,
    ...(variants.length > 0 && { variants }),
    opset: OPSET,
    inputs: [imageTensor(IMAGE, 'uint8')],
    outputs: [imageTensor(RESULT, 'uint8'), imageTensor(RESIDUAL, 'float32')],
    parameters: graph.parameters,
    gflop: Number((graph.flop / 1e9).toPrecision(4)),
    golden,
    parity,
    crop: copyCrop(run.config.crop),
    sizeMultiple: SIZE_MULTIPLE,
    training: { ...run.training, commit },
    evaluation: (await request.measurement?.evaluate(target, runner)) ?? [],
    data: [data.source],
  };
  return {
    draft,
    files: {
      'model.onnx': model,
      ...variantFiles,
      ...files,
      [WARM_START_FILE]: run.warmStart,
      'README.md': generatorCard(draft, data.notes),
    },
  };
}

/** The other files of a model; none without faces to measure them on. */
async function makeVariants(
  { measurement, target, crops }: GeneratorRequest,
  files: Pick<BuiltModel, 'model' | 'plainModel'>,
  expected: TensorMap,
): Promise<VariantSet> {
  if (measurement === undefined) return { variants: [], files: {} };
  return createVariants({
    ...files,
    golden: crops,
    expected,
    tolerances: TOLERANCES,
    calibration: await measurement.calibrationCrops(target),
    compare: (reference, variants) => measurement.compareVariants(target, reference, variants),
  });
}

interface BuiltModel {
  readonly graph: GraphBuilder;
  readonly model: Uint8Array;
  /** The same before its rewrites, which onnxruntime has no integer operators for. */
  readonly plainModel: Uint8Array;
}

/** One target of a run as an ONNX file. */
export function buildModel(run: TrainedRun, target: string, version: number): BuiltModel {
  const graph = run.network.buildGraph(run.targets.indexOf(target));
  const metadata = {
    name: target,
    version: String(version),
    layout: 'uint8 NHWC RGB at the borders, NCHW in [-1, 1] inside',
    configSha256: run.training.configSha256,
    step: String(run.training.steps),
  };
  const plainModel = graph.build(target, metadata);
  graph.rewrite(mergeEnlargements);
  return { graph, model: graph.build(target, metadata), plainModel };
}

function imageTensor(name: string, type: 'uint8' | 'float32') {
  return { name, type, dims: ['n', 'h', 'w', 3] };
}

/** Fields in the contract's order, whatever the run folder's file holds beside them. */
function copyCrop({ frame, x, y, width, height, template }: CropGeometry): CropGeometry {
  return { frame, x, y, width, height, template };
}

function refuseDifference(target: string, rows: readonly ParityRow[]): void {
  const limits: Readonly<Record<string, number>> = {
    [RESULT]: MAX_RESULT_PARITY,
    [RESIDUAL]: MAX_RESIDUAL_PARITY,
  };
  for (const { output, maxAbs } of rows) {
    const limit = limits[output] ?? 0;
    if (!(maxAbs <= limit)) {
      throw new Error(
        `${target}: output ${output} differs from tf.js by ${maxAbs} grey levels, at most ${limit} is allowed; nothing was published`,
      );
    }
  }
}
