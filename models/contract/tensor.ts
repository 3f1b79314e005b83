/** The tensors that models exchange with the pipeline; dims are in ONNX order, e.g. [n, h, w, 3]. */
export type Tensor =
  | { readonly type: 'uint8'; readonly dims: readonly number[]; readonly data: Uint8Array }
  | { readonly type: 'float32'; readonly dims: readonly number[]; readonly data: Float32Array };

/** Names of the models' tensors, the same in every model of a kind. */
export const IMAGE = 'image';
/** The finished picture; a graph cannot give its input and an output the same name. */
export const RESULT = 'result';
export const RESIDUAL = 'residual';
export const BOXES = 'boxes';
export const SCORES = 'scores';

export type TensorMap = Readonly<Record<string, Tensor>>;

/**
 * Runs one loaded model. onnxruntime-node and onnxruntime-web each implement it once, so that the
 * pipeline, the golden check and the tests know neither.
 */
export interface ModelRunner {
  /** Rejects with an Error when a feed is missing or has the wrong type or dims. */
  run(feeds: TensorMap): Promise<TensorMap>;
}

/**
 * A float32 output of a model.
 *
 * @param dims what the output must have
 * @throws Error when the output is missing, has another type or other dims, or is not finite
 */
export function requireFloats(
  outputs: TensorMap,
  name: string,
  dims: readonly number[],
): Float32Array {
  const tensor = requireOutput(outputs, name, dims);
  if (tensor.type !== 'float32') {
    throw new Error(`the model's output ${name} is ${tensor.type}, expected float32`);
  }
  if (!tensor.data.every(Number.isFinite)) {
    throw new Error(`the model's output ${name} has values that are not finite: check its weights`);
  }
  return tensor.data;
}

/**
 * A uint8 output of a model.
 *
 * @param dims what the output must have
 * @throws Error when the output is missing or has another type or other dims
 */
export function requireBytes(
  outputs: TensorMap,
  name: string,
  dims: readonly number[],
): Uint8Array {
  const tensor = requireOutput(outputs, name, dims);
  if (tensor.type !== 'uint8') {
    throw new Error(`the model's output ${name} is ${tensor.type}, expected uint8`);
  }
  return tensor.data;
}

function requireOutput(outputs: TensorMap, name: string, dims: readonly number[]): Tensor {
  const tensor = outputs[name];
  if (tensor === undefined) {
    throw new Error(`the model gives no output ${name}, only ${Object.keys(outputs).join(', ')}`);
  }
  if (tensor.dims.join() !== dims.join()) {
    throw new Error(
      `the model's output ${name} has dims [${tensor.dims.join()}], expected [${dims.join()}]`,
    );
  }
  return tensor;
}
