import { createGolden } from '../../exporter/golden.ts';
import { GraphBuilder, type Value } from '../../exporter/onnx/graph-builder.ts';
import { type GeneratorDraft, publishModel } from '../../exporter/publish.ts';
import type { Tensor, TensorMap } from '../../models/contract/tensor.ts';
import { createRunner } from '../../trainer/evaluation/runner.ts';
import { Random } from '../../trainer/random.ts';
import { STUB_GENERATOR_MANIFEST } from './stub-models.ts';

/** How a generator of one convolution differs from one that keeps the contract. */
export interface GeneratorFault {
  readonly layout?: 'nchw';
  /** Names of the free dims, where the file does not tell which is which. */
  readonly dims?: readonly (string | number)[];
  readonly inputType?: 'float32';
  /** Grey levels of the residual's unit, 1 in a sound model. */
  readonly residualUnit?: number;
  readonly isResultScaled?: boolean;
  readonly channels?: 'bgr';
  readonly withoutResidual?: boolean;
  readonly weight?: number;
  readonly isAveraging?: boolean;
  readonly extraInput?: boolean;
}

const TOLERANCE = { maxAbs: 0.01, meanAbs: 0.001 };
const LEVEL = { maxAbs: 1, meanAbs: 0.01 };
export const SMALL_TOLERANCES = {
  result: { cpu: LEVEL, wasm: LEVEL, cuda: LEVEL },
  residual: { cpu: TOLERANCE, wasm: TOLERANCE, cuda: TOLERANCE },
};

/** residual = 127.5 tanh(conv(image / 127.5 - 1)) with a 3x3 convolution, or one that breaks a rule. */
export function buildSmallGenerator(fault: GeneratorFault = {}): Uint8Array {
  const graph = new GraphBuilder();
  const isNchw = fault.layout === 'nchw';
  const dims = fault.dims ?? (isNchw ? ['n', 3, 'h', 'w'] : ['n', 'h', 'w', 3]);
  const type = fault.inputType ?? 'uint8';
  const image = graph.input('image', type, dims);
  if (fault.extraInput) graph.input('strength', 'float32', [1]);
  const levels = graph.op('Cast', 'levels', [image], { to: 1 });
  const turned = (name: string, value: Value, perm: number[]): Value =>
    isNchw ? value : graph.op('Transpose', name, [value], { perm });
  const bgr = (name: string, value: Value): Value =>
    fault.channels === 'bgr'
      ? graph.op('Gather', name, [value, graph.integers(`${name}/order`, [2, 1, 0])], { axis: 1 })
      : value;
  const planes = bgr('planes/bgr', turned('planes', levels, [0, 3, 1, 2]));
  const scaled = graph.op('Div', 'scaled', [planes, graph.scalar('half-range', 127.5)]);
  const centred = graph.op('Sub', 'centred', [scaled, graph.scalar('one', 1)]);
  const random = new Random(7);
  const kernel = Float32Array.from({ length: 81 }, () => 0.1 * random.normal());
  if (fault.weight !== undefined) kernel[40] = fault.weight;
  const weights = graph.initializer('kernel', [3, 3, 3, 3], kernel);
  const pads = [1, 1, 1, 1];
  const conv = graph.op('Conv', 'conv', [centred, weights], { kernel_shape: [3, 3], pads });
  const mixed = fault.isAveraging ? averageBatch(graph, conv) : conv;
  const change = bgr('change/bgr', graph.op('Tanh', 'change', [mixed]));
  const rows = turned('rows', change, [0, 2, 3, 1]);
  const range = graph.scalar('range', 127.5 / (fault.residualUnit ?? 1));
  const residual = graph.op('Mul', 'residual', [rows, range]);
  const sum = graph.op('Add', 'sum', [levels, residual]);
  const bounds = [graph.scalar('black', 0), graph.scalar('white', fault.isResultScaled ? 1 : 255)];
  const rounded = graph.op('Round', 'rounded', [sum]);
  const clipped = graph.op('Clip', 'clipped', [rounded, ...bounds]);
  graph.output(graph.op('Cast', 'result', [clipped], { to: 2 }), 'uint8', dims);
  if (!fault.withoutResidual) graph.output(residual, 'float32', dims);
  return graph.build('small', {});
}

/** The mean over the batch added to each image: a network that mixes images. */
function averageBatch(graph: GraphBuilder, value: Value): Value {
  const mean = graph.op('ReduceMean', 'mean', [value], { axes: [0] });
  return graph.op('Add', 'mixed', [value, mean]);
}

/** Noise in colours, uint8 [2, 20, 16, 3]. */
export function colouredImages(): Tensor {
  const random = new Random(3);
  const dims = [2, 20, 16, 3];
  const data = Uint8Array.from({ length: 1920 }, () => random.integer(0, 255));
  return { type: 'uint8', dims, data };
}

/** The same without colours. */
export function greyImages(): Tensor {
  const { dims, data } = colouredImages();
  return { type: 'uint8', dims, data: Uint8Array.from(data, (_, i) => data[i - (i % 3)] ?? 0) };
}

/**
 * Publishes a model whose golden pairs are those of the sound small generator.
 *
 * @param outputs golden outputs, for a model of its own
 */
export async function publishSmallGenerator(
  models: string,
  name: string,
  model: Uint8Array,
  images: Tensor = colouredImages(),
  outputs?: TensorMap,
): Promise<string> {
  const expected =
    outputs ?? (await (await createRunner(buildSmallGenerator())).run({ image: images }));
  const { golden, files } = createGolden('image', images, expected, SMALL_TOLERANCES);
  const { files: _, ...stub } = STUB_GENERATOR_MANIFEST;
  const crop = { ...stub.crop, width: 16, height: 20 };
  const draft: GeneratorDraft = { ...stub, crop, name, title: name, golden };
  return publishModel(models, draft, { 'model.onnx': model, ...files }, false);
}
