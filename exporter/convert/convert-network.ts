import { type Dim, type FreeDim, isExact, leastCommonMultiple } from '../onnx/dims.ts';
import { foldAffines } from '../onnx/fold-affines.ts';
import { foldTransposes } from '../onnx/fold-transposes.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { mergeClips } from '../onnx/merge-clips.ts';
import { mergeConstants } from '../onnx/merge-constants.ts';
import { mergeEnlargements } from '../onnx/merge-enlargements.ts';
import type { ValueInfoProto } from '../onnx/messages.ts';
import type { Network } from '../onnx/network.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import { addInput, addOutput, type BorderOptions, isPicture } from './border.ts';

/** An input or output of the file; a dim is a size or the name of a free one. */
export type BorderTensor = ValueInfoProto;

/** A converted model and what is worth knowing about it. */
export interface ConvertedNetwork {
  readonly model: Uint8Array;
  readonly inputs: readonly BorderTensor[];
  readonly outputs: readonly BorderTensor[];
  /** By free dimension of the inputs: what it has to be a multiple of. */
  readonly sizeMultiples: Readonly<Record<string, number>>;
  readonly parameters: number;
  /** Of one input; free sizes count as `NOMINAL_SIZE`. */
  readonly flop: number;
}

/**
 * A network as an ONNX file.
 *
 * @param metadata what is known beside the graph, such as the model's source
 * @throws InvalidModelError for a network that cannot be converted
 */
export function convertNetwork(
  network: Network,
  options: BorderOptions,
  metadata: Readonly<Record<string, string>>,
): ConvertedNetwork {
  const graph = new GraphBuilder();
  const inputs = network.inputs.map((input) => addInput(graph, input, options));
  const outputs = network.addTo(graph, inputs);
  const images = findImages(network, outputs);
  if (options.io === 'uint8-nhwc' && images.size === 0 && !network.inputs.some(isPicture)) {
    throw new InvalidModelError(
      'uint8-nhwc is for models that take or give pictures [n, h, w, 1, 3 or 4], which this one does not',
    );
  }
  const taken = network.inputs.map(({ name }) => name);
  for (const [i, name] of uniqueNames(network.outputNames, taken).entries()) {
    const output = outputs[i];
    if (output === undefined) throw new Error(`the network gives nothing for its output ${name}`);
    addOutput(graph, name, output, options, images.has(output));
  }
  graph.rewrite(mergeConstants);
  graph.rewrite(foldAffines);
  graph.rewrite(mergeClips);
  graph.rewrite(foldTransposes);
  graph.rewrite(mergeEnlargements);
  const sizeMultiples = collectMultiples(graph, network, outputs);
  const model = graph.build(network.name, {
    ...metadata,
    ...describeBorder(options, network),
    sizeMultiple: describeMultiples(sizeMultiples),
  });
  const { parameters, flop } = graph;
  return { model, ...graph.border, sizeMultiples, parameters, flop };
}

/**
 * Outputs that are pictures: those of as many channels as an input, since a map of another number may
 * as well hold scores. A network that takes no picture may draw one of any number.
 */
function findImages(
  { inputs }: Network,
  outputs: readonly TensorValue[],
): ReadonlySet<TensorValue> {
  const channels = inputs.filter(isPicture).map(({ dims }) => dims[3]);
  return new Set(
    outputs.filter((output) => {
      return isPicture(output) && (channels.length === 0 || channels.includes(output.dims[3]));
    }),
  );
}

/** A layer that is called twice may give two outputs, and an input may be one itself. */
function uniqueNames(names: readonly string[], taken: readonly string[]): string[] {
  const used = new Set(taken);
  return names.map((name) => {
    let unique = name;
    for (let i = 2; used.has(unique); i++) unique = `${name}_${i}`;
    used.add(unique);
    return unique;
  });
}

/** What joins of maps need, and what keeps the sizes of the outputs in proportion to the input's. */
function collectMultiples(
  graph: GraphBuilder,
  { inputs }: Network,
  outputs: readonly TensorValue[],
): Readonly<Record<string, number>> {
  const outputDims = outputs.flatMap(({ dims }) => dims).filter(isFree);
  const symbols = inputs
    .flatMap(({ dims }) => dims.slice(1).filter(isFree))
    .map(({ symbol }) => symbol);
  return Object.fromEntries(
    symbols.map((symbol) => {
      const rounded = outputDims.filter((dim) => dim.symbol === symbol && !isExact(dim));
      const multiple = rounded.reduce(
        (found, dim) => leastCommonMultiple(found, dim.multiple),
        graph.sizeMultiple(symbol),
      );
      return [symbol, multiple];
    }),
  );
}

function isFree(dim: Dim): dim is FreeDim {
  return typeof dim !== 'number';
}

/** One number where it is the same for all free sizes, else such as `h 4, w 2`. */
function describeMultiples(multiples: Readonly<Record<string, number>>): string {
  const values = new Set(Object.values(multiples));
  if (values.size <= 1) return String([...values][0] ?? 1);
  return Object.entries(multiples)
    .map(([symbol, multiple]) => `${symbol} ${multiple}`)
    .join(', ');
}

function describeBorder(
  { io, range, outputRange }: BorderOptions,
  { inputs }: Network,
): Record<string, string> {
  const [type = '', layout = ''] = io.split('-');
  const isColour = inputs.some((input) => isPicture(input) && input.dims[3] !== 1);
  return {
    layout: `${type} ${layout.toUpperCase()}`,
    ...(io === 'uint8-nhwc' && { range, outputRange: outputRange ?? 'float32' }),
    ...(isColour && { colourOrder: 'RGB' }),
  };
}
