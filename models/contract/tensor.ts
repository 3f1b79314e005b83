/** The tensors that models exchange with the pipeline; dims are in ONNX order, e.g. [n, h, w, 3]. */
export type Tensor =
  | { readonly type: 'uint8'; readonly dims: readonly number[]; readonly data: Uint8Array }
  | { readonly type: 'float32'; readonly dims: readonly number[]; readonly data: Float32Array };

export type TensorMap = Readonly<Record<string, Tensor>>;

/**
 * Runs one loaded model. onnxruntime-node and onnxruntime-web each implement it once, so that the
 * pipeline, the golden check and the tests know neither.
 */
export interface ModelRunner {
  /** Rejects with an Error when a feed is missing or has the wrong type or dims. */
  run(feeds: TensorMap): Promise<TensorMap>;
}
