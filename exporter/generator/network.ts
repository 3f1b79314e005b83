import { IMAGE, RESIDUAL, RESULT } from '../../models/contract/tensor.ts';
import type { GeneratorConfig } from '../../trainer/networks/generator.ts';
import type { ParameterValue, ParameterValues } from '../../trainer/networks/parameters.ts';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import {
  add,
  type ConvKernel,
  conv,
  type FeatureMap,
  imageToFeatures,
  instanceNorm,
  relu,
} from '../onnx/layers.ts';
import { samePads } from '../onnx/layout.ts';

/** Two halvings: height and width of an input are multiples of this. */
export const SIZE_MULTIPLE = 4;

const IMAGE_DIMS = ['n', 'h', 'w', 3] as const;

export interface GeneratorGraph {
  readonly config: GeneratorConfig;
  readonly weights: ParameterValues;
  /** Index of the target population whose scales and shifts are baked in. */
  readonly target: number;
  /** Nominal size of an input, for the operation count; the graph takes every multiple of 4. */
  readonly size: { readonly height: number; readonly width: number };
}

/**
 * The trainer's `modern` generator for one target as an ONNX graph: uint8 `image` [n, h, w, 3] to
 * uint8 `result` and float32 `residual`, the change in grey levels before rounding and clipping.
 * Follows `generatorChange` of the trainer line by line.
 *
 * @throws Error when a weight is missing or has another shape than the network needs
 */
export function buildGenerator({ config, weights, target, size }: GeneratorGraph): GraphBuilder {
  const graph = new GraphBuilder();
  const layers = new GeneratorLayers(graph, weights, target);
  const image = graph.input(IMAGE, 'uint8', IMAGE_DIMS);
  const x = imageToFeatures(graph, image, size);

  const stem = relu(graph, 'stem/relu', layers.conv('stem', x, { bias: true }));
  const half = layers.down('down1', stem);
  let h = layers.down('down2', half);
  for (let i = 1; i <= config.blocks; i++) {
    const block = `block${i}`;
    const inner = layers.filmRelu(`${block}/norm1`, layers.conv(`${block}/conv1`, h));
    const outer = layers.conv(`${block}/conv2`, inner);
    const scale = layers.weight(`${block}/scale`).data[0] as number;
    h = add(graph, `${block}/add`, h, layers.film(`${block}/norm2`, outer, scale));
  }
  h = layers.filmRelu('up1/norm', layers.upSkip('up1', h, 'skip1', half));
  h = layers.filmRelu('refine1/norm', layers.conv('refine1', h));
  h = layers.filmRelu('up0/norm', layers.upSkip('up0', h, 'skip0', stem));
  const head = layers.conv('head', h, { bias: true });

  addOutputs(graph, x.levels, head);
  return graph;
}

/** residual = 127.5 tanh(head); result = image + residual, rounded half to even and clipped. */
function addOutputs(graph: GraphBuilder, levels: Value, head: FeatureMap): void {
  const change = graph.op('Tanh', 'head/tanh', [head.value]);
  const rows = graph.op('Transpose', 'head/rows', [change], { perm: [0, 2, 3, 1] });
  const range = graph.scalar('residual/half-range', 127.5);
  const residual = graph.op('Mul', RESIDUAL, [rows, range]);
  const sum = graph.op('Add', 'result/sum', [levels, residual]);
  const rounded = graph.op('Round', 'result/rounded', [sum]);
  const limits = [graph.scalar('result/black', 0), graph.scalar('result/white', 255)];
  const clipped = graph.op('Clip', 'result/clipped', [rounded, ...limits]);
  const result = graph.op('Cast', RESULT, [clipped], { to: 2 });
  graph.output(result, 'uint8', IMAGE_DIMS);
  graph.output(residual, 'float32', IMAGE_DIMS);
}

/** The layers of the generator by the names of their weights. */
class GeneratorLayers {
  readonly #graph: GraphBuilder;
  readonly #weights: ParameterValues;
  readonly #target: number;

  constructor(graph: GraphBuilder, weights: ParameterValues, target: number) {
    this.#graph = graph;
    this.#weights = weights;
    this.#target = target;
  }

  weight(name: string): ParameterValue {
    const value = this.#weights.get(name);
    if (value === undefined) {
      throw new Error(`the checkpoint has no weight ${name}: is it of another network?`);
    }
    return value;
  }

  /** A convolution of stride 1 with SAME padding. */
  conv(name: string, x: FeatureMap, options: { readonly bias?: boolean } = {}): FeatureMap {
    const kernel = this.#kernel(name);
    return conv(this.#graph, name, x, kernel, {
      vertical: samePads(x.height, kernel.shape[0] as number, 1),
      horizontal: samePads(x.width, kernel.shape[1] as number, 1),
      ...(options.bias && { bias: this.weight(`${name}/bias`).data }),
    });
  }

  /** A convolution that halves the size, instance norm and ReLU. */
  down(name: string, x: FeatureMap): FeatureMap {
    const kernel = this.#kernel(name);
    const halved = conv(this.#graph, name, x, kernel, {
      stride: 2,
      vertical: samePads(x.height, kernel.shape[0] as number, 2),
      horizontal: samePads(x.width, kernel.shape[1] as number, 2),
    });
    const gain = new Float32Array(halved.channels).fill(1);
    const shift = new Float32Array(halved.channels);
    const normalised = instanceNorm(this.#graph, `${name}/norm`, halved, gain, shift);
    return relu(this.#graph, `${name}/relu`, normalised);
  }

  /** Instance norm with the target's scales and shifts, all multiplied by `factor`. */
  film(name: string, x: FeatureMap, factor = 1): FeatureMap {
    const row = (part: string): Float32Array => {
      const { shape, data } = this.weight(`${name}/${part}`);
      const [targets, channels] = shape as [number, number];
      if (channels !== x.channels || this.#target >= targets) {
        throw new Error(
          `${name}/${part} has shape [${shape.join()}], target ${this.#target} with ${x.channels} channels does not fit`,
        );
      }
      const start = this.#target * channels;
      return data.slice(start, start + channels).map((value) => factor * value);
    };
    return instanceNorm(this.#graph, name, x, row('gain'), row('shift'));
  }

  filmRelu(name: string, x: FeatureMap): FeatureMap {
    return relu(this.#graph, `${name}/relu`, this.film(name, x));
  }

  /** The map enlarged by 2 (nearest neighbour) and convolved, plus a 1x1 convolution of `skip`. */
  upSkip(name: string, x: FeatureMap, skipName: string, skip: FeatureMap): FeatureMap {
    const scales = this.#graph.initializer(`${name}/scales`, [4], Float32Array.of(1, 1, 2, 2));
    const value = this.#graph.op('Resize', `${name}/enlarged`, [x.value, '', scales], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    });
    const enlarged = { ...x, value, height: 2 * x.height, width: 2 * x.width };
    const side = this.conv(skipName, skip);
    return add(this.#graph, `${name}/add`, this.conv(name, enlarged), side);
  }

  #kernel(name: string): ConvKernel {
    return this.weight(`${name}/kernel`);
  }
}
