import type * as tf from '@tensorflow/tfjs';
import {
  listOf,
  object,
  optional,
  type Reader,
  recordOf,
  text,
} from '../../models/contract/json-reader.ts';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import type { TfjsModel } from '../tfjs-model/read.ts';
import type { WeightMap } from '../tfjs-model/weights.ts';
import { type AttributeJson, NodeAttributes, readShape, type ShapeJson } from './attributes.ts';

/** One of a node's results. */
export interface NodeOutput {
  readonly node: string;
  readonly index: number;
}

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly NodeOutput[];
  readonly attributes: NodeAttributes;
}

/** A placeholder, with undefined for sizes that the model leaves free. */
export interface GraphInput {
  readonly name: string;
  readonly sizes: readonly (number | undefined)[];
}

/** A tf.js graph model in memory. */
export interface GraphDefinition {
  /** By name, in the order of the file, which need not be the order of execution. */
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly weights: WeightMap;
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly NodeOutput[];
  /** What `tf.loadGraphModel` needs to run the same model. */
  readonly artifacts: tf.io.ModelArtifacts;
}

interface NodeJson {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, AttributeJson>>;
}

interface TensorJson {
  readonly name: string;
  readonly tensorShape?: ShapeJson;
}

interface SignatureJson {
  readonly inputs?: Readonly<Record<string, TensorJson>>;
  readonly outputs?: Readonly<Record<string, TensorJson>>;
}

/** Attributes are read by whoever knows what each should hold. */
const unread: Reader<AttributeJson> = (value) => value ?? {};
const readTopology = object<{ node: readonly NodeJson[] }>({
  node: listOf(
    object<NodeJson>({
      name: text,
      op: text,
      input: optional(listOf(text)),
      attr: optional(recordOf(unread)),
    }),
    1,
  ),
});
const tensor = object<TensorJson>({
  name: text,
  tensorShape: optional((value) => value ?? {}),
});
const readSignature = object<SignatureJson>({
  inputs: optional(recordOf(tensor)),
  outputs: optional(recordOf(tensor)),
});

/** Operations whose nodes give no result that anyone could want. */
const NO_RESULT: ReadonlySet<string> = new Set(['Const', 'NoOp', 'Placeholder']);

/**
 * Reads the graph of a tf.js graph model.
 *
 * @throws InvalidModelError when it is of another format or its topology is damaged, and for
 *   placeholders of unknown rank
 */
export function readGraphDefinition({ format, artifacts, weights }: TfjsModel): GraphDefinition {
  if (format !== 'graph-model') {
    throw new InvalidModelError(`the model's format is ${format}, expected a tf.js graph-model`);
  }
  const nodes = readNodes(artifacts.modelTopology);
  const { signature, userDefinedMetadata } = artifacts as {
    signature?: unknown;
    userDefinedMetadata?: { signature?: unknown };
  };
  const stored = signature ?? userDefinedMetadata?.signature ?? {};
  const { inputs, outputs } = checked(() => readSignature(stored, 'signature'));
  return {
    nodes,
    weights,
    inputs: checked(() => findInputs(nodes, Object.values(inputs ?? {}))),
    outputs: findOutputs(nodes, Object.values(outputs ?? {})),
    artifacts,
  };
}

/** "Conv2D at features/conv_1", for messages. */
export function place({ op, name }: GraphNode): string {
  return `${op} at ${name}`;
}

/** The key of a result among others: the node's name, with the index where it is not the first. */
export function outputKey({ node, index }: NodeOutput): string {
  return index === 0 ? node : `${node}:${index}`;
}

/** The node of such a key. */
export function nodeName(key: string): string {
  return key.split(':')[0] ?? key;
}

function readNodes(topology: unknown): ReadonlyMap<string, GraphNode> {
  const nodes = new Map<string, GraphNode>();
  for (const { name, op, input = [], attr = {} } of checked(() => {
    return readTopology(topology, 'modelTopology').node;
  })) {
    if (nodes.has(name)) throw new InvalidModelError(`the graph has two nodes named ${name}`);
    // A control dependency (^name) orders side effects, of which networks have none.
    const inputs = input.filter((value) => !value.startsWith('^')).map(readOutputName);
    nodes.set(name, { name, op, inputs, attributes: new NodeAttributes(`${op} at ${name}`, attr) });
  }
  return nodes;
}

/** `name`, `name:1`, or `name:output:1` of a function's body. */
function readOutputName(name: string): NodeOutput {
  const [node = '', ...rest] = name.split(':');
  const index = Number(rest.at(-1) ?? 0);
  return { node, index: Number.isInteger(index) ? index : 0 };
}

function findInputs(
  nodes: ReadonlyMap<string, GraphNode>,
  signature: readonly TensorJson[],
): GraphInput[] {
  const shapes = new Map(
    signature.map(({ name, tensorShape }) => [readOutputName(name).node, tensorShape]),
  );
  const placeholders = [...nodes.values()].filter(({ op }) => op === 'Placeholder');
  if (placeholders.length === 0) {
    throw new InvalidModelError('the graph has no Placeholder, so nothing that it could be fed');
  }
  return placeholders.map(({ name, attributes }) => {
    const stated = shapes.get(name);
    const sizes = attributes.shape('shape') ?? (stated && readShape(stated));
    if (sizes === undefined) {
      throw new InvalidModelError(
        `Placeholder ${name} has a shape of unknown rank: export the model with a signature that fixes it`,
      );
    }
    const type = attributes.has('dtype') ? attributes.type('dtype') : 'DT_FLOAT';
    if (type === 'DT_STRING' || type === 'DT_BOOL') {
      throw new InvalidModelError(`Placeholder ${name} is ${type}, expected numbers`);
    }
    if (sizes.includes(0)) {
      throw new InvalidModelError(`Placeholder ${name} has a size of 0, so it takes no values`);
    }
    return { name, sizes };
  });
}

/** Those of the signature; without one, what no other node reads, as in tf.js. */
function findOutputs(
  nodes: ReadonlyMap<string, GraphNode>,
  signature: readonly TensorJson[],
): NodeOutput[] {
  if (signature.length > 0) return signature.map(({ name }) => readOutputName(name));
  const read = new Set([...nodes.values()].flatMap(({ inputs }) => inputs.map(({ node }) => node)));
  const outputs = [...nodes.values()].filter(({ name, op }) => {
    return !read.has(name) && !NO_RESULT.has(op);
  });
  if (outputs.length === 0) {
    throw new InvalidModelError(
      'the graph has no output: every node is read by another one, so it is cyclic, or it is empty',
    );
  }
  return outputs.map(({ name }) => ({ node: name, index: 0 }));
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof InvalidModelError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidModelError(`the graph model is damaged: ${reason}`, { cause });
  }
}
