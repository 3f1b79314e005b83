import { type Dim, type FreeDim, isExact, leastCommonMultiple } from '../onnx/dims.ts';
import { foldAffines } from '../onnx/fold-affines.ts';
import { foldTransposes } from '../onnx/fold-transposes.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { mergeConstants } from '../onnx/merge-constants.ts';
import type { ValueInfoProto } from '../onnx/messages.ts';
import type { Network } from '../onnx/network.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
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
 */
export function convertNetwork(
  network: Network,
  options: BorderOptions,
  metadata: Readonly<Record<string, string>>,
): ConvertedNetwork {
  const graph = new GraphBuilder();
  const inputs = network.inputs.map((input) => addInput(graph, input, options));
  const pictures = network.inputs.filter(isPicture).map(({ dims }) => dims[3]);
  const outputs = network.addTo(graph, inputs);
  const taken = network.inputs.map(({ name }) => name);
  for (const [i, name] of uniqueNames(network.outputNames, taken).entries()) {
    const output = outputs[i];
    if (output === undefined) throw new Error(`the network gives nothing for its output ${name}`);
    const isImage = isPicture(output) && pictures.includes(output.dims[3]);
    addOutput(graph, name, output, options, isImage);
  }
  graph.rewrite(mergeConstants);
  graph.rewrite(foldAffines);
  graph.rewrite(foldTransposes);
  const sizeMultiples = collectMultiples(graph, network, outputs);
  const model = graph.build(network.name, {
    ...metadata,
    ...describeBorder(options, network),
    sizeMultiple: describeMultiples(sizeMultiples),
  });
  const { parameters, flop } = graph;
  return { model, ...graph.border, sizeMultiples, parameters, flop };
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
