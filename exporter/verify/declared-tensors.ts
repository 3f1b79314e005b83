import { InferenceSession } from 'onnxruntime-node';
import type { Manifest, TensorSpec } from '../../models/contract/manifest.ts';
import { BOXES, IMAGE, RESIDUAL, RESULT, SCORES } from '../../models/contract/tensor.ts';

/** The tensors that a model exchanges. */
export interface ModelTensors {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** What the contract asks of a model of the manifest's kind. */
export function contractTensors(manifest: Manifest): ModelTensors {
  if (manifest.kind === 'generator') {
    const dims = ['n', 'h', 'w', 3];
    return {
      inputs: [{ name: IMAGE, type: 'uint8', dims }],
      outputs: [
        { name: RESULT, type: 'uint8', dims },
        { name: RESIDUAL, type: 'float32', dims },
      ],
    };
  }
  const { inputSize, anchors } = manifest;
  const count = anchors.reduce((sum, { size, perCell }) => sum + size * size * perCell, 0);
  return {
    inputs: [{ name: IMAGE, type: 'uint8', dims: ['n', inputSize, inputSize, 3] }],
    outputs: [
      { name: BOXES, type: 'float32', dims: ['n', count, 16] },
      { name: SCORES, type: 'float32', dims: ['n', count, 1] },
    ],
  };
}

/**
 * Compares what a model's file declares with the contract.
 *
 * @throws Error that names the tensor: a missing one, another layout or another element type
 */
export async function checkDeclaredTensors(
  model: Uint8Array,
  { inputs, outputs }: ModelTensors,
): Promise<void> {
  const session = await openSession(model);
  try {
    for (const spec of inputs) checkInput(spec, session.inputMetadata);
    const unknown = session.inputNames.filter((name) => !inputs.some((spec) => spec.name === name));
    if (unknown.length > 0) {
      throw new Error(`the model asks for ${unknown.join(', ')} beside ${listNames(inputs)}`);
    }
    for (const spec of outputs) checkOutput(spec, session.outputMetadata);
  } finally {
    await session.release();
  }
}

async function openSession(model: Uint8Array): Promise<InferenceSession> {
  try {
    const options = { executionProviders: ['cpu'], logSeverityLevel: 4 } as const;
    return await InferenceSession.create(model, options);
  } catch (cause) {
    throw new Error(`ONNX Runtime cannot load the model: ${(cause as Error).message}`, { cause });
  }
}

type Metadata = readonly InferenceSession.ValueMetadata[];

function checkInput({ name, type, dims }: TensorSpec, declared: Metadata): void {
  const found = requireTensor('input', name, declared);
  const shape = found.shape;
  const shapes = `[${shape.join()}], expected [${dims.join()}]`;
  if (shape.length !== dims.length || (shape[1] === 3 && shape[3] !== 3)) {
    throw new Error(`wrong layout: the input ${name} is ${shapes} (NHWC)`);
  }
  if (found.type !== type) {
    throw new Error(
      `wrong range: the input ${name} is ${found.type}, expected ${type} grey levels from 0 to 255`,
    );
  }
  const isFitting = dims.every((dim, i) => typeof dim === 'string' || !isOtherSize(shape[i], dim));
  if (!isFitting) throw new Error(`wrong layout: the input ${name} is ${shapes}`);
  const fixed = dims.filter((dim, i) => typeof dim === 'string' && typeof shape[i] === 'number');
  if (fixed.length > 0) {
    throw new Error(`the input ${name} is ${shapes}: ${fixed.join(', ')} must be free`);
  }
}

/** A name stands for a dimension that is free. */
function isOtherSize(found: number | string | undefined, expected: number): boolean {
  return typeof found === 'number' && found !== expected;
}

function checkOutput({ name, type }: TensorSpec, declared: Metadata): void {
  const found = requireTensor('output', name, declared);
  if (found.type !== type) {
    throw new Error(`the output ${name} is ${found.type}, expected ${type}`);
  }
}

function requireTensor(what: string, name: string, declared: Metadata) {
  const found = declared.find((tensor) => tensor.name === name);
  if (found?.isTensor !== true) {
    throw new Error(`the model has no ${what} ${name}, only ${listNames(declared)}`);
  }
  return found;
}

function listNames(tensors: readonly { readonly name: string }[]): string {
  return tensors.map(({ name }) => name).join(', ');
}
