import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import { LAYER_KINDS, MODEL_KINDS, supportedLayers } from './layer-kinds.ts';

/**
 * Checks the topology of a layers model before tf.js builds it, which names custom layers by their
 * class only and never ends on cyclic graphs.
 *
 * @param topology `modelTopology` of a `model.json`, as tf.js and Keras write it
 * @throws InvalidModelError that names unsupported layers, links to nothing and cycles
 */
export function checkTopology(topology: unknown): void {
  const root = readObject(topology)['model_config'] ?? topology;
  const unknown: string[] = [];
  checkModel(root, '', unknown);
  if (unknown.length > 0) {
    throw new InvalidModelError(
      `cannot convert ${unknown.join(', ')}; supported layers are ${supportedLayers()}`,
    );
  }
}

interface LayerEntry {
  readonly name: string;
  readonly className: string;
  readonly entry: Readonly<Record<string, unknown>>;
}

/** One call of a layer, as `name:index`. */
type Call = string;

function checkModel(model: unknown, prefix: string, unknown: string[]): void {
  const { class_name: className, config } = readObject(model);
  if (!MODEL_KINDS.has(String(className))) {
    throw new InvalidModelError(
      `the topology is of a ${String(className)}, expected ${[...MODEL_KINDS].join(', ')}`,
    );
  }
  const layers = readLayers(config);
  if (layers.length === 0) throw new InvalidModelError('the model has no layers');
  layers.forEach(({ name, className: kind, entry }, i) => {
    if (MODEL_KINDS.has(kind)) checkModel(entry, `${prefix}${name}/`, unknown);
    else if (kind !== 'InputLayer' && !LAYER_KINDS.has(kind)) {
      unknown.push(`${kind} ${prefix}${name} (layer ${i + 1} of ${layers.length})`);
    }
  });
  if (className !== 'Sequential') checkLinks(layers, readObject(config));
}

function readLayers(config: unknown): LayerEntry[] {
  const list = Array.isArray(config) ? config : readObject(config)['layers'];
  if (!Array.isArray(list)) throw new InvalidModelError('the topology lists no layers');
  return list.map((value: unknown, i) => {
    const entry = readObject(value);
    const name = readText(entry['name']) ?? readText(readObject(entry['config'])['name']);
    const className = readText(entry['class_name']) ?? 'unnamed class';
    return { name: name ?? `layer ${i + 1}`, className, entry };
  });
}

/** Every layer's inputs exist, nothing is computed from itself, outputs are there. */
function checkLinks(
  layers: readonly LayerEntry[],
  config: Readonly<Record<string, unknown>>,
): void {
  const inputs = new Map<Call, readonly Call[]>();
  for (const { name, entry } of layers) {
    const calls = Array.isArray(entry['inbound_nodes']) ? entry['inbound_nodes'] : [];
    if (calls.length === 0) inputs.set(`${name}:0`, []);
    calls.forEach((call: unknown, i) => inputs.set(`${name}:${i}`, readReferences(call)));
  }
  for (const [call, sources] of inputs) {
    for (const source of sources) requireCall(inputs, source, `layer ${call.replace(/:0$/, '')}`);
  }
  for (const field of ['input_layers', 'output_layers']) {
    const list = readReferences(config[field]);
    for (const source of list) requireCall(inputs, source, `the model's ${field}`);
  }
  refuseCycles(inputs);
}

/** [[name, call, tensor], ...], or one such entry without the outer list. */
function readReferences(value: unknown): Call[] {
  if (!Array.isArray(value)) return [];
  const list: readonly unknown[] = typeof value[0] === 'string' ? [value] : value;
  return list.filter(Array.isArray).map(([name, call]) => `${String(name)}:${String(call)}`);
}

function requireCall(inputs: ReadonlyMap<Call, unknown>, source: Call, reader: string): void {
  if (inputs.has(source)) return;
  const name = source.slice(0, source.lastIndexOf(':'));
  throw new InvalidModelError(
    inputs.has(`${name}:0`)
      ? `${reader} reads call ${source.slice(name.length + 1)} of layer ${name}, which has fewer`
      : `${reader} reads layer ${name}, which the model does not have`,
  );
}

function refuseCycles(inputs: ReadonlyMap<Call, readonly Call[]>): void {
  const done = new Set<Call>();
  const visit = (call: Call, path: readonly Call[]): void => {
    if (done.has(call)) return;
    const start = path.indexOf(call);
    if (start >= 0) {
      const cycle = [...path.slice(start), call].map((name) => name.replace(/:0$/, ''));
      throw new InvalidModelError(`the graph has a cycle: ${cycle.toReversed().join(' -> ')}`);
    }
    for (const source of inputs.get(call) ?? []) visit(source, [...path, call]);
    done.add(call);
  };
  for (const call of inputs.keys()) visit(call, []);
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function readObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new InvalidModelError(
    `the topology holds ${JSON.stringify(value)?.slice(0, 40) ?? 'nothing'} where an object is expected`,
  );
}
