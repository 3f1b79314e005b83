import * as tf from '@tensorflow/tfjs';

/** A node of a tf.js graph model, with the attributes that convolutional networks use decoded. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  attributeInts(name: string): readonly number[];
  attributeString(name: string): string;
  attributeStrings(name: string): readonly string[];
}

export interface Constant {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** A tf.js graph model in memory. */
export interface GraphDefinition {
  /** In the order of the file, which need not be the order of execution. */
  readonly nodes: readonly GraphNode[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** What `tf.loadGraphModel` needs to run the same model. */
  readonly artifacts: tf.io.ModelArtifacts;
}

/** The fields of `model.json` that are read here. */
interface GraphModelJson {
  readonly format: string;
  readonly modelTopology: { readonly node: readonly NodeJson[] };
  readonly weightsManifest: readonly { readonly weights: tf.io.WeightsManifestEntry[] }[];
}

interface NodeJson {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, AttributeJson>>;
}

/** TensorFlow's AttrValue in JSON: integers as decimal strings, byte strings in base64. */
interface AttributeJson {
  readonly s?: string;
  readonly list?: { readonly i?: readonly string[]; readonly s?: readonly string[] };
}

/**
 * Reads a tf.js graph model.
 *
 * @param modelJson parsed `model.json`
 * @param weights bytes of all weight files, in the order of its manifest
 * @throws Error when it is of another format
 */
export function readGraphDefinition(modelJson: unknown, weights: Uint8Array): GraphDefinition {
  const json = modelJson as GraphModelJson;
  if (json.format !== 'graph-model') {
    throw new Error(`the model's format is ${json.format}, expected a tf.js graph-model`);
  }
  const weightSpecs = json.weightsManifest.flatMap((group) => group.weights);
  const weightData = new Uint8Array(weights).buffer;
  const tensors = tf.io.decodeWeights(weightData, weightSpecs);
  const constants = new Map<string, Constant>();
  for (const [name, tensor] of Object.entries(tensors)) {
    const data = tensor.dataSync();
    if (!(data instanceof Float32Array || data instanceof Int32Array)) {
      throw new Error(`constant ${name} is ${tensor.dtype}, expected float32 or int32`);
    }
    constants.set(name, { shape: tensor.shape, data });
    tensor.dispose();
  }
  return {
    nodes: json.modelTopology.node.map(readNode),
    constants,
    artifacts: { ...(modelJson as tf.io.ModelArtifacts), weightSpecs, weightData },
  };
}

function readNode({ name, op, input = [], attr = {} }: NodeJson): GraphNode {
  const attribute = <T>(key: string, value: T | undefined): T => {
    if (value === undefined) throw new Error(`${op} ${name} has no attribute ${key}`);
    return value;
  };
  return {
    name,
    op,
    // A control dependency (^name) orders side effects, of which these networks have none.
    inputs: input.filter((value) => !value.startsWith('^')),
    attributeInts: (key) => attribute(key, attr[key]?.list?.i).map(Number),
    attributeString: (key) => decodeText(attribute(key, attr[key]?.s)),
    attributeStrings: (key) => attribute(key, attr[key]?.list?.s).map(decodeText),
  };
}

function decodeText(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
