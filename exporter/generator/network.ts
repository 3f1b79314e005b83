import { RESIDUAL, RESULT } from '../../models/contract/tensor.ts';
import type { GeneratorConfig } from '../../trainer/networks/generator.ts';
import type { ParameterValues } from '../../trainer/networks/parameters.ts';
import { relu } from '../onnx/activations.ts';
import { add } from '../onnx/elementwise.ts';
import { GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { levelsToImage } from '../onnx/image.ts';
import { addImage, IMAGE_DIMS, type NominalSize } from './border.ts';
import { addHead } from './head.ts';
import { GeneratorLayers } from './layers.ts';

export interface GeneratorGraph {
  readonly config: GeneratorConfig;
  readonly weights: ParameterValues;
  /** Index of the target population whose scales and shifts are baked in. */
  readonly target: number;
  readonly size: NominalSize;
}

/**
 * The trainer's `modern` generator for one target as an ONNX graph: uint8 `image` [n, h, w, 3] to
 * uint8 `result` and float32 `residual`, the change in grey levels before rounding and clipping.
 * Follows `generatorChange` of the trainer line by line; frozen normalisations are folded into the
 * convolutions before them.
 *
 * @throws Error when a weight is missing or has another shape than the network needs
 */
export function buildGenerator({ config, weights, target, size }: GeneratorGraph): GraphBuilder {
  const graph = new GraphBuilder();
  const layers = new GeneratorLayers(graph, weights, target);
  const x = addImage(graph, size);

  const stem = relu(graph, 'stem/relu', layers.biasedConv('stem', x));
  const half = layers.down('down1', stem);
  let h = layers.down('down2', half);
  for (let i = 1; i <= config.blocks; i++) {
    const block = `block${i}`;
    const inner = layers.filmRelu(`${block}/norm1`, layers.conv(`${block}/conv1`, h));
    const scale = layers.weight(`${block}/scale`).data[0] as number;
    const outer = layers.film(`${block}/norm2`, layers.conv(`${block}/conv2`, inner), scale);
    h = add(graph, `${block}/add`, h, outer);
  }
  h = layers.filmRelu('up1/norm', layers.upSkip('up1', h, 'skip1', half));
  h = layers.filmRelu('refine1/norm', layers.conv('refine1', h));
  h = layers.filmRelu('up0/norm', layers.upSkip('up0', h, 'skip0', stem));
  const head = [layers.weight('head/kernel'), layers.weight('head/bias').data] as const;
  addOutputs(graph, x.levels, addHead(graph, 'head', h, ...head));
  return graph;
}

/** residual = 127.5 change; result = image + residual, rounded half to even and clipped. */
function addOutputs(graph: GraphBuilder, levels: Value, change: Value): void {
  const range = graph.scalar('residual/half-range', 127.5);
  const residual = graph.op('Mul', RESIDUAL, [change, range]);
  const sum = graph.op('Add', 'result/sum', [levels, residual]);
  levelsToImage(graph, RESULT, sum);
  graph.output(RESULT, 'uint8', IMAGE_DIMS);
  graph.output(residual, 'float32', IMAGE_DIMS);
}
