import { encodeHalf } from '../../trainer/networks/half.ts';
import {
  ELEMENT_TYPE_CODES,
  encodeModel,
  type NodeProto,
  type TensorProto,
} from '../onnx/messages.ts';
import { decodeModel } from '../onnx/read-model.ts';

/**
 * The same model with its kernels stored in half precision, rounded to the nearest (ties to even),
 * and cast back to float32 when it is loaded: half the download, the same speed and the same
 * operators everywhere. Vectors and scalars stay as they are, since they are a hundredth of a file
 * and some operators want theirs as plain constants.
 *
 * @param model the bytes of a `.onnx` file of ours
 * @throws Error that names a kernel with values beyond half precision, which ends at 65504
 */
export function storeHalfWeights(model: Uint8Array): Uint8Array {
  const graph = decodeModel(model);
  const casts: NodeProto[] = [];
  const initializers = graph.initializers.map((tensor) => {
    if (tensor.type !== 'float32' || tensor.dims.length < 2) return tensor;
    const half = toHalf(tensor.name, tensor.dims, tensor.data);
    casts.push({
      name: tensor.name,
      opType: 'Cast',
      inputs: [half.name],
      outputs: [tensor.name],
      attributes: { to: ELEMENT_TYPE_CODES.float32 },
    });
    return half;
  });
  return encodeModel({ ...graph, initializers, nodes: [...casts, ...graph.nodes] });
}

function toHalf(name: string, dims: readonly number[], values: Float32Array): TensorProto {
  try {
    const bytes = encodeHalf(values);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const data = Uint16Array.from(values, (_, i) => view.getUint16(2 * i, true));
    return { name: `${name}/half`, dims, type: 'float16', data };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${name}: ${reason}: keep the model in float32`, { cause });
  }
}
