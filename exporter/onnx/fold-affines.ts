import { countReaders, type GraphParts } from './graph-builder.ts';
import type { NodeProto, TensorProto } from './messages.ts';

/** Where the outputs lie in a layer's kernel, by the type of its node. */
const OUTPUT_AXES: Readonly<Record<string, number>> = { Conv: 0, ConvTranspose: 1, Gemm: 1 };

/** A float constant. */
type Floats = TensorProto & { readonly type: 'float32' };

/**
 * Moves multiplications by and additions of constants per channel, such as a batch normalisation,
 * into the kernel and bias of the layer before. It is exact: the layer has no other reader and its
 * kernel no other user.
 */
export function foldAffines(graph: GraphParts): Pick<GraphParts, 'initializers' | 'nodes'> {
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const readers = countReaders(graph);
  const nodes: NodeProto[] = [];
  /** Where the maker of each value stands in `nodes`. */
  const makers = new Map<string, number>();
  for (const node of graph.nodes) {
    const step = readStep(node, constants);
    const maker = step === undefined ? undefined : makers.get(step.value);
    const layer = maker === undefined ? undefined : nodes[maker];
    const folded =
      step !== undefined && layer !== undefined && readers.get(step.value) === 1
        ? foldStep(layer, node, step, constants, readers)
        : undefined;
    if (folded === undefined || maker === undefined) {
      nodes.push(node);
      for (const output of node.outputs) makers.set(output, nodes.length - 1);
    } else {
      nodes[maker] = folded;
      for (const output of folded.outputs) makers.set(output, maker);
    }
  }
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return { nodes, initializers: [...constants.values()].filter(({ name }) => used.has(name)) };
}

/** value * constant, or value + sign * constant. */
interface Step {
  readonly kind: 'multiply' | 'add';
  readonly value: string;
  readonly constant: Floats;
  readonly sign: 1 | -1;
}

function readStep(
  { opType, inputs }: NodeProto,
  constants: ReadonlyMap<string, TensorProto>,
): Step | undefined {
  if (opType !== 'Mul' && opType !== 'Add' && opType !== 'Sub') return undefined;
  const [a = '', b = ''] = inputs;
  // Only the second operand of a difference can be added with its sign changed.
  const isSwapped = opType !== 'Sub' && constants.has(a);
  const [value, name] = isSwapped ? [b, a] : [a, b];
  const constant = constants.get(name);
  if (constant?.type !== 'float32' || constants.has(value)) return undefined;
  return {
    kind: opType === 'Mul' ? 'multiply' : 'add',
    value,
    constant,
    sign: opType === 'Sub' ? -1 : 1,
  };
}

/** The layer with a step in its constants, or undefined where the step does not fit. */
function foldStep(
  layer: NodeProto,
  { name, outputs }: NodeProto,
  { kind, constant, sign }: Step,
  constants: Map<string, TensorProto>,
  readers: ReadonlyMap<string, number>,
): NodeProto | undefined {
  const axis = OUTPUT_AXES[layer.opType];
  const [input = '', kernelName = '', biasName = ''] = layer.inputs;
  const kernel = constants.get(kernelName);
  const bias = biasName === '' ? undefined : constants.get(biasName);
  if (axis === undefined || kernel?.type !== 'float32' || readers.get(kernelName) !== 1) {
    return undefined;
  }
  if ((biasName !== '' && bias?.type !== 'float32') || isUnusual(layer)) return undefined;
  const count = kernel.dims[axis] as number;
  const values = perOutput(constant, count, layer.opType === 'Gemm' ? 2 : 4);
  if (values === undefined) return undefined;
  const oldBias = bias?.type === 'float32' ? bias.data : new Float32Array(count);
  if (kind === 'multiply') {
    constants.set(kernelName, { ...kernel, data: scaleAxis(kernel, axis, values) });
  }
  if (kind === 'multiply' && bias === undefined) return { ...layer, outputs };
  const newBias = `${name}/bias`;
  constants.set(newBias, {
    name: newBias,
    type: 'float32',
    dims: [count],
    data: oldBias.map((value, i) => {
      const operand = values[i] as number;
      return kind === 'multiply' ? value * operand : value + sign * operand;
    }),
  });
  return { ...layer, inputs: [input, kernelName, newBias], outputs };
}

/** Whether a Gemm does more than x * kernel + bias, or the kernel is shared among groups. */
function isUnusual({ opType, attributes }: NodeProto): boolean {
  if (opType === 'Gemm') return Object.keys(attributes).length > 0;
  return opType === 'ConvTranspose' && (attributes['group'] ?? 1) !== 1;
}

/** One value for each output, where a constant broadcasts over everything else. */
function perOutput({ dims, data }: Floats, count: number, rank: number): Float32Array | undefined {
  if (data.length === 1 && dims.length <= rank)
    return new Float32Array(count).fill(data[0] as number);
  // In a map the channels are the second axis, in rows of features the last, which is the second too.
  const axis = dims.length - rank + 1;
  const isPerOutput = dims.every((size, i) => size === (i === axis ? count : 1));
  return isPerOutput && axis >= 0 && dims.length <= rank ? data : undefined;
}

function scaleAxis({ dims, data }: Floats, axis: number, scale: Float32Array): Float32Array {
  const inner = dims.slice(axis + 1).reduce((size, dim) => size * dim, 1);
  return data.map((value, i) => {
    return value * (scale[Math.floor(i / inner) % scale.length] as number);
  });
}
