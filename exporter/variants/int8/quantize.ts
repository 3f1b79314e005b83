import type { TensorMap } from '../../../models/contract/tensor.ts';
import { encodeModel, type NodeProto } from '../../onnx/messages.ts';
import { decodeModel } from '../../onnx/read-model.ts';
import { measureRanges } from './calibrate.ts';
import { quantizableConvolutions } from './convolutions.ts';
import { inputOf, ModelGraph, outputOf } from './model-graph.ts';
import { QdqWriter, type QuantizedValue } from './qdq-writer.ts';
import { levelsOf, type ValueRange } from './ranges.ts';

/**
 * The same model with its convolutions in 8-bit integers: kernels in seven bits with a scale for
 * each output channel, activations in uint8 with one scale for each value, as QuantizeLinear and
 * DequantizeLinear around float operators, which runtimes fuse. Everything between convolutions,
 * normalisations above all, stays in float, and so do the convolutions of the picture and the last
 * ones.
 *
 * @param model the bytes of a `.onnx` file of ours
 * @param feeds the model's inputs for pictures of what it is for, to measure its values on
 * @throws Error when there is nothing to quantise or nothing to calibrate on, or a value is not finite
 */
export async function quantizeModel(
  model: Uint8Array,
  feeds: Iterable<TensorMap> | AsyncIterable<TensorMap>,
): Promise<Uint8Array> {
  const graph = new ModelGraph(decodeModel(model));
  const convolutions = quantizableConvolutions(graph);
  if (convolutions.length === 0) {
    throw new Error(
      'the model has no convolution that could compute in int8: convolutions of a picture and the last ones stay in float',
    );
  }
  const written = new Set(convolutions.map((node) => writtenValue(graph, node)));
  const read = convolutions.map((node) => sourceOf(graph, inputOf(node, 0)));
  const values = [...new Set([...read, ...written])];
  const ranges = await measureRanges(graph.model, values, feeds);
  return insertLevels(graph, convolutions, written, ranges);
}

/** Whether a model has convolutions that could compute with integers. */
export function isQuantizable(model: Uint8Array): boolean {
  return quantizableConvolutions(new ModelGraph(decodeModel(model))).length > 0;
}

/** Enlarging repeats values and can do so with their levels: quantised is what is enlarged. */
function sourceOf(graph: ModelGraph, value: string): string {
  const producer = graph.producer(value);
  if (producer === undefined || !repeatsValues(producer)) return value;
  return sourceOf(graph, inputOf(producer, 0));
}

function repeatsValues({ opType, attributes }: NodeProto): boolean {
  return opType === 'Resize' && attributes['mode'] === 'nearest';
}

/** The value that a convolution's levels are written for: a ReLU is fused where nothing else reads. */
function writtenValue(graph: ModelGraph, node: NodeProto): string {
  const output = outputOf(node);
  const [consumer, ...others] = graph.consumers(output);
  const isOutput = graph.model.outputs.some(({ name }) => name === output);
  const isOnlyForRelu = consumer?.opType === 'Relu' && others.length === 0 && !isOutput;
  return isOnlyForRelu ? outputOf(consumer) : output;
}

function insertLevels(
  graph: ModelGraph,
  convolutions: readonly NodeProto[],
  written: ReadonlySet<string>,
  ranges: ReadonlyMap<string, ValueRange>,
): Uint8Array {
  const { model } = graph;
  const writer = new QdqWriter(model.initializers, (value) =>
    levelsOf(value, ranges.get(value) ?? { min: 0, max: 0 }),
  );
  const quantize = (value: string): QuantizedValue => {
    const producer = graph.producer(value);
    if (producer === undefined || !repeatsValues(producer)) return writer.quantize(value);
    return writer.repeat(producer, quantize(inputOf(producer, 0)));
  };
  for (const node of model.nodes) {
    if (convolutions.includes(node)) {
      const kernel = graph.floats(inputOf(node, 1));
      const bias = node.inputs[2] === undefined ? undefined : graph.floats(inputOf(node, 2));
      writer.convolve(node, quantize(inputOf(node, 0)), kernel, bias?.data);
    } else {
      writer.copy(node);
    }
    for (const output of node.outputs) if (written.has(output)) writer.round(output);
  }
  const { nodes, initializers } = writer.finish(model.outputs.map(({ name }) => name));
  return encodeModel({ ...model, nodes, initializers });
}
