import { RESIDUAL, RESULT } from '../../models/contract/tensor.ts';
import {
  type ClassicGeneratorConfig,
  generatorStages,
  OUTPUT_RANGE,
} from '../../trainer/networks/classic/generator.ts';
import { BLOCK_CONVS, blockNames, type Stage } from '../../trainer/networks/classic/layers.ts';
import { CLASSIC_EPSILON } from '../../trainer/networks/classic/normalization.ts';
import type { ParameterValue, ParameterValues } from '../../trainer/networks/parameters.ts';
import { relu } from '../onnx/activations.ts';
import { conv } from '../onnx/convolutions.ts';
import { add } from '../onnx/elementwise.ts';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { levelsToImage } from '../onnx/image.ts';
import { instanceNorm } from '../onnx/norms.ts';
import { pool } from '../onnx/pools.ts';
import { upsample } from '../onnx/resize.ts';
import { fixedSize, type TensorValue } from '../onnx/tensor-value.ts';
import type { Window } from '../onnx/windows.ts';
import { addImage, IMAGE_DIMS, type NominalSize } from './border.ts';

export interface ClassicGeneratorGraph {
  readonly config: ClassicGeneratorConfig;
  readonly weights: ParameterValues;
  readonly size: NominalSize;
}

/**
 * The 2017 generator as an ONNX graph: uint8 `image` [n, h, w, 3] to uint8 `result` and float32
 * `residual`, the picture that it draws minus the image, in grey levels. Each face is normalised by
 * its own statistics, which is what the statistics of a batch are for one face.
 * Follows `classicFaces` of the trainer.
 *
 * @throws Error when a weight is missing or has another shape than the network needs
 */
export function buildClassicGenerator({
  config,
  weights,
  size,
}: ClassicGeneratorGraph): GraphBuilder {
  const graph = new GraphBuilder();
  const layers = new ClassicLayers(graph, weights);
  const x = addImage(graph, size);
  let h: TensorValue = x;
  for (const stage of generatorStages(config)) h = layers.stage(stage, h);
  addOutputs(graph, x.levels, layers.conv('rgb', h));
  return graph;
}

/** picture = 255 (0.5 + 1.1 (sigmoid(rgb) - 0.5)); residual = picture - image. */
function addOutputs(graph: GraphBuilder, levels: Value, rgb: TensorValue): void {
  const sigmoid = graph.op('Sigmoid', 'rgb/sigmoid', [rgb.value]);
  const rows = graph.op('Transpose', 'rgb/rows', [sigmoid], { perm: [0, 2, 3, 1] });
  const range = graph.scalar('picture/range', 255 * OUTPUT_RANGE);
  const offset = graph.scalar('picture/offset', 255 * (0.5 - OUTPUT_RANGE / 2));
  const scaled = graph.op('Mul', 'picture/scaled', [rows, range]);
  const picture = graph.op('Add', 'picture', [scaled, offset]);
  const residual = graph.op('Sub', RESIDUAL, [picture, levels]);
  levelsToImage(graph, RESULT, picture);
  graph.output(RESULT, 'uint8', IMAGE_DIMS);
  graph.output(residual, 'float32', IMAGE_DIMS);
}

/** The mean of 2x2 px. */
const HALVING: Window = { size: [2, 2], strides: [2, 2], padding: 'valid' };

/** The layers of the generator by the names of their weights. */
class ClassicLayers {
  readonly #graph: GraphBuilder;
  readonly #weights: ParameterValues;

  constructor(graph: GraphBuilder, weights: ParameterValues) {
    this.#graph = graph;
    this.#weights = weights;
  }

  stage(stage: Stage, x: TensorValue): TensorValue {
    const { name, resize, channels } = stage;
    let h = resize === 'halve' ? pool(this.#graph, 'average', `${name}/halved`, x, HALVING) : x;
    if (h.dims[3] !== channels) h = this.conv(`${name}/project`, h);
    if (resize === 'double') h = upsample(this.#graph, `${name}/enlarged`, h, [2, 2]);
    for (const block of blockNames(stage)) {
      h = this.#normalize(`${block}/norm`, h);
      for (const part of BLOCK_CONVS) {
        const layer = `${block}/${part}`;
        const change = this.conv(layer, relu(this.#graph, `${layer}/relu`, h));
        h = add(this.#graph, `${layer}/add`, h, change);
      }
    }
    return h;
  }

  /** A convolution of stride 1 with SAME padding and a bias. */
  conv(name: string, x: TensorValue): TensorValue {
    const kernel = this.#weight(`${name}/kernel`);
    return conv(this.#graph, name, x, kernel, {
      bias: this.#weight(`${name}/bias`).data,
      padding: 'same',
    });
  }

  #normalize(name: string, x: TensorValue): TensorValue {
    const channels = fixedSize(name, x.dims[3]);
    const gain = new Float32Array(channels).fill(1);
    const shift = new Float32Array(channels);
    return instanceNorm(this.#graph, name, x, gain, shift, CLASSIC_EPSILON);
  }

  #weight(name: string): ParameterValue {
    const value = this.#weights.get(name);
    if (value === undefined) {
      throw new Error(`the checkpoint has no weight ${name}: is it of another network?`);
    }
    return value;
  }
}
