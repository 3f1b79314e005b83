import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import { type GraphDefinition, type GraphNode, place } from './graph-definition.ts';

/**
 * The nodes that outputs need, each behind those that it reads.
 *
 * @param supported operations that can be converted
 * @throws InvalidModelError for operations that are not supported, by name and place, and for graphs
 *   that are dangling (a node reads one that does not exist) or cyclic
 */
export function executionOrder(
  { nodes }: GraphDefinition,
  outputs: readonly string[],
  supported: Iterable<string>,
): GraphNode[] {
  const needed = reachable(nodes, outputs);
  refuseUnsupported(needed, new Set(supported));
  return sorted(nodes, needed);
}

function reachable(
  nodes: ReadonlyMap<string, GraphNode>,
  outputs: readonly string[],
): ReadonlySet<GraphNode> {
  const found = new Set<GraphNode>();
  const waiting: { readonly name: string; readonly reader?: GraphNode }[] = outputs.map((name) => {
    return { name };
  });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { name, reader } = next;
    const node = nodes.get(name);
    if (node === undefined) {
      const who = reader === undefined ? 'the signature names' : `${place(reader)} reads`;
      throw new InvalidModelError(`${who} ${name}, which the graph does not have: it is cut off`);
    }
    if (found.has(node)) continue;
    found.add(node);
    waiting.push(...node.inputs.map((input) => ({ name: input.node, reader: node })));
  }
  return found;
}

/** Names every operation once: a model with control flow has hundreds of such nodes. */
function refuseUnsupported(nodes: ReadonlySet<GraphNode>, supported: ReadonlySet<string>): void {
  const places = new Map<string, string[]>();
  for (const { op, name } of nodes) {
    if (!supported.has(op)) places.set(op, [...(places.get(op) ?? []), name]);
  }
  if (places.size === 0) return;
  const list = [...places].map(([op, [first, ...others]]) => {
    return `${op} at ${first}${others.length > 0 ? ` and ${others.length} more` : ''}`;
  });
  const known = [...supported].sort().join(', ');
  throw new InvalidModelError(
    `cannot convert ${list.join(', ')}; supported operations are ${known}`,
  );
}

/** Without recursion, since a chain of nodes may be longer than the call stack. */
function sorted(
  nodes: ReadonlyMap<string, GraphNode>,
  needed: ReadonlySet<GraphNode>,
): GraphNode[] {
  const order: GraphNode[] = [];
  const done = new Set<GraphNode>();
  const path = new Set<GraphNode>();
  for (const start of needed) {
    const stack = [start];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      const missing = node.inputs
        .map((input) => nodes.get(input.node) as GraphNode)
        .filter((input) => !done.has(input));
      if (missing.length === 0 || done.has(node)) {
        stack.pop();
        path.delete(node);
        if (!done.has(node)) order.push(node);
        done.add(node);
        continue;
      }
      path.add(node);
      const cyclic = missing.find((input) => path.has(input));
      if (cyclic !== undefined) throw cycleError(path, cyclic);
      stack.push(...missing);
    }
  }
  return order;
}

function cycleError(path: ReadonlySet<GraphNode>, start: GraphNode): InvalidModelError {
  const members = [...path];
  const cycle = [...members.slice(members.indexOf(start)), start];
  return new InvalidModelError(
    `the graph is cyclic, each reading the next: ${cycle.map(({ name }) => name).join(', ')}`,
  );
}
