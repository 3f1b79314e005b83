import type {
  InferenceOutputView,
  InferenceResponseView,
} from '../../models/contract/api/inference.ts';
import type { Tensor, TensorMap } from '../../models/contract/tensor.ts';
import type { InferRequest, WantedOutput } from './request.ts';

const DATATYPES = { uint8: 'UINT8', float32: 'FP32' } as const;

export interface InferResponse {
  /** JSON, and after it the binary tensors in the order of the outputs. */
  readonly body: Uint8Array;
  /** Length of the JSON where binary tensors follow it. */
  readonly jsonBytes: number | undefined;
}

/** Name of a tensor's type in the protocol. */
export function datatypeOf(type: Tensor['type']): 'UINT8' | 'FP32' {
  return DATATYPES[type];
}

/**
 * Writes an inference response of the Open Inference Protocol, v2.
 *
 * @param model `name/version`
 * @throws Error when the model has not given an output
 */
export function writeInferResponse(
  model: string,
  { id, outputs }: Pick<InferRequest, 'id' | 'outputs'>,
  tensors: TensorMap,
): InferResponse {
  const [model_name = '', model_version = ''] = model.split('/');
  const written = outputs.map((output) => writeOutput(output, tensors[output.name]));
  const view: InferenceResponseView = {
    model_name,
    model_version,
    ...(id !== undefined && { id }),
    outputs: written.map(({ head }) => head),
  };
  const json = Buffer.from(JSON.stringify(view));
  const binary = written.flatMap(({ bytes }) => bytes ?? []);
  if (binary.length === 0) return { body: json, jsonBytes: undefined };
  return { body: Buffer.concat([json, ...binary]), jsonBytes: json.length };
}

function writeOutput(
  { name, isBinary }: WantedOutput,
  tensor: Tensor | undefined,
): { readonly head: InferenceOutputView; readonly bytes: Buffer | undefined } {
  if (tensor === undefined) throw new Error(`the model gives no output ${name}`);
  const { type, dims, data } = tensor;
  const head = { name, datatype: datatypeOf(type), shape: dims };
  if (!isBinary) return { head: { ...head, data: Array.from(data) }, bytes: undefined };
  // Little-endian on every platform that the runtime has.
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return { head: { ...head, parameters: { binary_data_size: bytes.length } }, bytes };
}
