import * as tf from '@tensorflow/tfjs';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import { readTensor, type WeightTensor } from '../tfjs-model/weights.ts';
import {
  type GraphDefinition,
  type GraphNode,
  nodeName,
  outputKey,
  place,
} from './graph-definition.ts';

/** What a graph holds that depends on no input. */
export interface FoldedConstants {
  /** Values by the keys of `outputKey`, as far as other nodes or the outputs read them. */
  readonly values: ReadonlyMap<string, WeightTensor>;
  /** Names of all nodes that depend on no input. */
  readonly nodes: ReadonlySet<string>;
}

/**
 * Finds what depends on no input: weights, and what tf.js itself computes from them.
 *
 * @param order the nodes in execution order
 * @param outputs keys of the wanted results
 * @throws InvalidModelError for a Const without a weight, and for results that are not finite
 */
export function foldConstants(
  definition: GraphDefinition,
  order: readonly GraphNode[],
  outputs: readonly string[],
): FoldedConstants {
  const values = new Map<string, WeightTensor>();
  const nodes = new Set<string>();
  for (const node of order) {
    const { name, op, inputs } = node;
    if (op === 'Const') values.set(name, findWeight(definition, node));
    const isConstant =
      op === 'Const' || (inputs.length > 0 && inputs.every((input) => nodes.has(input.node)));
    if (isConstant) nodes.add(name);
  }
  const read = order
    .filter(({ name }) => !nodes.has(name))
    .flatMap(({ inputs }) => inputs.map(outputKey));
  const computed = [...new Set([...read, ...outputs])].filter((key) => {
    return nodes.has(nodeName(key)) && !values.has(key);
  });
  for (const [key, value] of execute(definition, computed)) values.set(key, value);
  return { values, nodes };
}

function findWeight({ weights }: GraphDefinition, node: GraphNode): WeightTensor {
  const weight = weights.get(node.name);
  if (weight !== undefined) return weight;
  throw new InvalidModelError(`${place(node)} has no weight of this name in the manifest`);
}

function execute(
  { artifacts }: GraphDefinition,
  keys: readonly string[],
): readonly (readonly [string, WeightTensor])[] {
  if (keys.length === 0) return [];
  const results = runInTfjs(artifacts, keys);
  try {
    return keys.map((key, i) => [key, readTensor(key, results[i])] as const);
  } finally {
    tf.dispose(results);
  }
}

function runInTfjs(artifacts: tf.io.ModelArtifacts, keys: readonly string[]): tf.Tensor[] {
  try {
    const model = tf.loadGraphModelSync(tf.io.fromMemorySync(artifacts));
    const results = [model.execute({}, [...keys])].flat();
    model.dispose();
    return results;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const list = keys.join(', ');
    throw new InvalidModelError(`tf.js cannot compute the constants ${list}: ${reason}`, { cause });
  }
}
