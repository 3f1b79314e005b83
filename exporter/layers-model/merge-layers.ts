import { number, object } from '../../models/contract/json-reader.ts';
import { average as addAverage, type BinaryOp, reduceBinary } from '../onnx/elementwise.ts';
import { concat, reshape } from '../onnx/shapes.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import type { LayerCall } from './layer.ts';

function reduceWith(op: BinaryOp): (call: LayerCall) => TensorValue {
  return (call) => reduceBinary(call.graph, op, call.name, equalRanks(call));
}

function average(call: LayerCall): TensorValue {
  return addAverage(call.graph, call.name, equalRanks(call));
}

function concatenate({ graph, name, layer, inputs }: LayerCall): TensorValue {
  const { axis } = layer.config(object<{ axis: number }>({ axis: number }));
  return concat(graph, name, inputs, axis);
}

/** tf.js lets tensors of fewer axes broadcast by axes of size 1 behind the batch. */
function equalRanks({ graph, name, inputs }: LayerCall): TensorValue[] {
  const rank = Math.max(...inputs.map(({ dims }) => dims.length));
  return inputs.map((x, i) => {
    const [batch, ...rest] = x.dims;
    if (batch === undefined || x.dims.length === rank) return x;
    const added = Array<number>(rank - x.dims.length).fill(1);
    return reshape(graph, `${name}/input${i + 1}`, x, [batch, ...added, ...rest]);
  });
}

/** Kinds of layers that join tensors. */
export const MERGE_LAYERS = {
  Add: reduceWith('Add'),
  Multiply: reduceWith('Mul'),
  Subtract: reduceWith('Sub'),
  Average: average,
  Maximum: reduceWith('Max'),
  Minimum: reduceWith('Min'),
  Concatenate: concatenate,
} as const;
