import {
  type Dim,
  describeDims,
  equalDims,
  exactQuotient,
  freeDim,
  productOf,
} from '../../onnx/dims.ts';
import { toPlain } from '../../onnx/layouts.ts';
import { reshape as reshapeSamples } from '../../onnx/shapes.ts';
import type { TensorValue } from '../../onnx/tensor-value.ts';
import { type NodeValue, tensorResult } from '../node-value.ts';
import type { Operands } from '../operands.ts';

/**
 * Reshape. The batch stays free where the target's first size is the batch itself, -1, or the 1 of a
 * model that was exported for single pictures.
 */
export function reshape(operands: Operands): NodeValue {
  const { graph, name } = operands;
  const x = operands.tensor(0);
  const target = operands.sizes(1);
  const samples = sampleDims(operands, x, target);
  if (samples !== undefined) return tensorResult(reshapeSamples(graph, name, x, samples));
  return tensorResult(reshapeAcross(operands, toPlain(graph, x), target));
}

/** The new dims where every sample of the batch is reshaped by itself; undefined elsewhere. */
function sampleDims(
  { name }: Operands,
  { dims }: TensorValue,
  [first, ...rest]: readonly Dim[],
): Dim[] | undefined {
  const [batch, ...sizes] = dims;
  if (batch === undefined || first === undefined) return undefined;
  const isBatch =
    first === -1 || equalDims(first, batch) || (first === 1 && typeof batch !== 'number');
  if (!isBatch) return undefined;
  const values = productOf(sizes);
  if (!rest.includes(-1)) {
    const wanted = productOf(rest);
    const isEqual = values === undefined || wanted === undefined || equalDims(values, wanted);
    return isEqual ? [batch, ...rest] : undefined;
  }
  if (first === -1) return undefined;
  const known = productOf(rest.filter((size) => size !== -1));
  const left = quotient(values, known) ?? freeDim(name);
  return [batch, ...rest.map((size) => (size === -1 ? left : size))];
}

/** A reshape that mixes the samples of a batch, such as to [-1, 4] for a list of boxes. */
function reshapeAcross(operands: Operands, x: TensorValue, target: readonly Dim[]): TensorValue {
  const { graph, name } = operands;
  const known = productOf(target.filter((size) => size !== -1));
  const rest = quotient(productOf(x.dims), known);
  const isWhole = target.every((size) => typeof size === 'number');
  if (!isWhole || rest === undefined || (rest !== 1 && !target.includes(-1))) {
    throw operands.error(`cannot reshape ${describeDims(x.dims)} to ${describeDims(target)}`);
  }
  const shape = graph.integers(`${name}/shape`, target);
  return {
    value: graph.op('Reshape', name, [x.value, shape]),
    dims: target.map((size) => (size === -1 ? rest : size)),
    layout: 'plain',
  };
}

/** a / b where it is a whole number for every input. */
function quotient(a: Dim | undefined, b: Dim | undefined): Dim | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (typeof b === 'number') return exactQuotient(a, b);
  return equalDims(a, b) ? 1 : undefined;
}
