import { transposeConstant } from './constants.ts';
import { countReaders, type GraphParts } from './graph-builder.ts';
import type { NodeProto, TensorProto } from './messages.ts';

/** Operations of single values, which any order of features passes. */
const UNARY_OPS: ReadonlySet<string> = new Set([
  'Clip',
  'Elu',
  'HardSigmoid',
  'LeakyRelu',
  'Relu',
  'Selu',
  'Sigmoid',
  'Softplus',
  'Softsign',
  'Tanh',
]);

/** A row of features that is reshaped to NHWC maps, then turned to NCHW. */
interface Chain {
  readonly gemm: NodeProto;
  readonly reshape: NodeProto;
  readonly transpose: NodeProto;
  /** [n, h, w, c] */
  readonly shape: TensorProto & { readonly type: 'int64' };
}

/**
 * Lets a dense layer give its features in the order of a NCHW map where a reshape to a map follows, as
 * generators begin, so that nothing is transposed.
 */
export function foldTransposes(graph: GraphParts): Pick<GraphParts, 'initializers' | 'nodes'> {
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const readers = countReaders(graph);
  const makers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node])),
  );
  const replaced = new Map<NodeProto, NodeProto | undefined>();
  for (const node of graph.nodes) {
    const chain = findChain(node, makers, readers, constants);
    if (chain === undefined) continue;
    reorderOutputs(chain, constants);
    replaced.set(chain.transpose, undefined);
    replaced.set(chain.reshape, { ...chain.reshape, outputs: chain.transpose.outputs });
  }
  return {
    initializers: [...constants.values()],
    nodes: graph.nodes.flatMap((node) => {
      const replacement = replaced.has(node) ? replaced.get(node) : node;
      return replacement === undefined ? [] : [replacement];
    }),
  };
}

function findChain(
  transpose: NodeProto,
  makers: ReadonlyMap<string, NodeProto>,
  readers: ReadonlyMap<string, number>,
  constants: ReadonlyMap<string, TensorProto>,
): Chain | undefined {
  const { perm } = transpose.attributes;
  const isToPlanes = Array.isArray(perm) && perm.join() === '0,3,1,2';
  if (transpose.opType !== 'Transpose' || !isToPlanes) return undefined;
  /** What gives a node's first input, where nobody else reads it. */
  const before = ({ inputs: [input = ''] }: NodeProto): NodeProto | undefined => {
    return readers.get(input) === 1 ? makers.get(input) : undefined;
  };
  const reshape = before(transpose);
  const shape = constants.get(reshape?.inputs[1] ?? '');
  if (reshape?.opType !== 'Reshape' || shape?.type !== 'int64' || shape.data.length !== 4) {
    return undefined;
  }
  let node = before(reshape);
  while (node !== undefined && UNARY_OPS.has(node.opType)) node = before(node);
  if (node?.opType !== 'Gemm' || Object.keys(node.attributes).length > 0) return undefined;
  const isOwn = node.inputs
    .slice(1)
    .every((name) => constants.has(name) && readers.get(name) === 1);
  const isFixed = shape.data.slice(1).every((size) => size > 0n) && readers.get(shape.name) === 1;
  return isOwn && isFixed ? { gemm: node, reshape, transpose, shape } : undefined;
}

/** Brings the columns of the kernel, and the bias, from the order h, w, c to c, h, w. */
function reorderOutputs({ gemm, shape }: Chain, constants: Map<string, TensorProto>): void {
  const [batch, height, width, channels] = [...shape.data] as [bigint, bigint, bigint, bigint];
  const map = [Number(height), Number(width), Number(channels)];
  for (const name of gemm.inputs.slice(1)) {
    const tensor = constants.get(name);
    if (tensor?.type !== 'float32') continue;
    const rows = tensor.dims.length === 2 ? (tensor.dims[0] as number) : 1;
    const columns = { shape: [rows, ...map], data: tensor.data };
    constants.set(name, { ...tensor, data: transposeConstant(columns, [0, 3, 1, 2]).data });
  }
  const data = BigInt64Array.of(batch, channels, height, width);
  constants.set(shape.name, { ...shape, data });
}
