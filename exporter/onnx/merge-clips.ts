import { countReaders, type GraphParts } from './graph-builder.ts';
import type { NodeProto, TensorProto } from './messages.ts';

/** What values are cut off at. */
interface Limits {
  readonly low: number;
  readonly high: number;
}

/** A run of nodes that cut values off, each the only reader of the one before. */
interface Run {
  /** What the first node reads. */
  readonly input: string;
  readonly limits: Limits;
  readonly nodes: readonly NodeProto[];
}

type Constants = ReadonlyMap<string, TensorProto>;

/**
 * Makes one Clip of a Relu, Clip, Min or Max with one number and others of them behind it, as exports
 * write a ReLU6. It is exact, and runtimes make a Clip part of the convolution before.
 */
export function mergeClips(graph: GraphParts): Pick<GraphParts, 'initializers' | 'nodes'> {
  const constants = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const readers = countReaders(graph);
  const open = new Map<string, Run>();
  const merged = new Map<NodeProto, Run | undefined>();
  for (const node of graph.nodes) {
    const step = readStep(node, constants);
    if (step === undefined) continue;
    const before = readers.get(step.input) === 1 ? open.get(step.input) : undefined;
    const run =
      before === undefined ? { ...step, nodes: [node] } : extend(before, node, step.limits);
    for (const inner of before?.nodes ?? []) merged.set(inner, undefined);
    if (run.nodes.length > 1) merged.set(node, run);
    open.set(node.outputs[0] ?? '', run);
  }
  const added: TensorProto[] = [];
  const nodes = graph.nodes.flatMap((node) => {
    if (!merged.has(node)) return [node];
    const run = merged.get(node);
    return run === undefined ? [] : [toClip(node, run, added)];
  });
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  // A new limit may have the name of one that it replaces.
  for (const { name } of added) used.delete(name);
  const kept = graph.initializers.filter(({ name }) => used.has(name));
  return { nodes, initializers: [...kept, ...added] };
}

/** Cutting off the limits themselves gives those of both steps. */
function extend({ input, limits, nodes }: Run, node: NodeProto, { low, high }: Limits): Run {
  const cut = (value: number): number => Math.min(Math.max(value, low), high);
  return {
    input,
    limits: { low: cut(limits.low), high: cut(limits.high) },
    nodes: [...nodes, node],
  };
}

function readStep(node: NodeProto, constants: Constants): Omit<Run, 'nodes'> | undefined {
  const [input = '', second = '', third = ''] = node.inputs;
  const none = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  if (node.opType === 'Relu') return { input, limits: { ...none, low: 0 } };
  if (node.opType === 'Clip') {
    const low = second === '' ? none.low : scalar(second, constants);
    const high = third === '' ? none.high : scalar(third, constants);
    return low === undefined || high === undefined ? undefined : { input, limits: { low, high } };
  }
  if ((node.opType !== 'Min' && node.opType !== 'Max') || node.inputs.length !== 2)
    return undefined;
  const isSwapped = scalar(input, constants) !== undefined;
  const value = scalar(isSwapped ? input : second, constants);
  if (value === undefined) return undefined;
  const limits = node.opType === 'Min' ? { ...none, high: value } : { ...none, low: value };
  return { input: isSwapped ? second : input, limits };
}

function scalar(name: string, constants: Constants): number | undefined {
  const tensor = constants.get(name);
  // A constant of more axes could give the result more axes too.
  return tensor?.type === 'float32' && tensor.dims.length === 0 ? tensor.data[0] : undefined;
}

function toClip({ name, outputs }: NodeProto, run: Run, added: TensorProto[]): NodeProto {
  const limit = (key: keyof Limits): string => {
    const value = run.limits[key];
    if (!Number.isFinite(value)) return '';
    const data = Float32Array.of(value);
    added.push({ name: `${name}/${key}`, dims: [], type: 'float32', data });
    return `${name}/${key}`;
  };
  const [low, high] = [limit('low'), limit('high')];
  const inputs = high === '' ? [run.input, low] : [run.input, low, high];
  return { name, opType: 'Clip', inputs, outputs, attributes: {} };
}
