/** Answers of the Open Inference Protocol v2; its names are not ours. */
export interface InferenceServerView {
  readonly name: string;
  readonly version: string;
  readonly extensions: readonly string[];
}

export interface InferenceTensorView {
  readonly name: string;
  readonly datatype: 'UINT8' | 'FP32';
  /** -1 where the size is free. */
  readonly shape: readonly number[];
}

export interface InferenceModelView {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly InferenceTensorView[];
  readonly outputs: readonly InferenceTensorView[];
}

export interface InferenceOutputView extends InferenceTensorView {
  readonly parameters?: { readonly binary_data_size: number };
  readonly data?: readonly number[];
}

export interface InferenceResponseView {
  readonly model_name: string;
  readonly model_version: string;
  readonly id?: string;
  readonly outputs: readonly InferenceOutputView[];
}
