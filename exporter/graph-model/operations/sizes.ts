import {
  addDims,
  addToDim,
  type Dim,
  describeDim,
  exactQuotient,
  freeDim,
  productOf,
} from '../../onnx/dims.ts';
import { fixedSize } from '../../onnx/tensor-value.ts';
import { type NodeValue, type SizeVector, sizesResult } from '../node-value.ts';
import type { Operands, Operation } from '../operands.ts';
import { readStridedSlice } from '../strided-slice.ts';

/**
 * Operations on sizes that are not known until the model runs, such as a batch on its way from Shape
 * to Reshape. They leave no nodes: the sizes are followed instead. Where all are known, tf.js has
 * computed the result.
 */
export const SIZE_OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['Identity', (operands) => operands.value(0)],
  ['Cast', (operands) => operands.value(0)],
  ['Shape', ({ name, values }) => sizesResult([vectorOf(values[0], name).items.length])],
  ['StridedSlice', stridedSlice],
  ['Slice', slice],
  ['GatherV2', gather],
  ['Pack', (operands) => sizesResult(joined(operands, operands.values))],
  ['ConcatV2', (operands) => sizesResult(joined(operands, operands.values.slice(0, -1)))],
  ['Unpack', (operands) => operands.sizes(0).map((item) => sizesResult([item], true))],
  ['Squeeze', (operands) => sizesResult([only(operands)], true)],
  ['ExpandDims', (operands) => sizesResult([only(operands)])],
  ['Reshape', reshape],
  ['Add', (operands) => combine(operands, addDims)],
  ['AddV2', (operands) => combine(operands, addDims)],
  ['Sub', (operands) => combine(operands, (a, b) => addToDim(a, -fixedSize(operands.name, b)))],
  ['Mul', (operands) => combine(operands, (a, b) => product(operands, [a, b]))],
  ['FloorDiv', (operands) => combine(operands, (a, b) => quotient(operands, a, b))],
  ['Maximum', (operands) => combine(operands, (a, b) => limit(operands, Math.max, a, b))],
  ['Minimum', (operands) => combine(operands, (a, b) => limit(operands, Math.min, a, b))],
  ['Prod', (operands) => sizesResult([product(operands, operands.sizes(0))], true)],
]);

function stridedSlice(operands: Operands): NodeValue {
  const items = operands.sizes(0);
  const [begins, ends, steps] = [1, 2, 3].map((position) => operands.integers(position)) as [
    number[],
    number[],
    number[],
  ];
  const { parts } = readStridedSlice(operands.attributes, 1, { begins, ends, steps });
  const [part] = parts;
  if (part === undefined) return sizesResult(items);
  if (part.kind === 'index') return sizesResult([itemAt(operands, items, part.index)], true);
  if (part.step !== 1) throw operands.error(`has stride ${part.step}; supported for sizes is 1`);
  return sizesResult(items.slice(part.begin, part.end));
}

function slice(operands: Operands): NodeValue {
  const [begin, size] = [operands.number(1), operands.number(2)];
  const end = size === -1 ? undefined : begin + size;
  return sizesResult(operands.sizes(0).slice(begin, end));
}

function gather(operands: Operands): NodeValue {
  const items = operands.sizes(0);
  const indices = operands.integers(1);
  const value = operands.value(1);
  const isScalar = value.kind === 'constant' && value.constant.shape.length === 0;
  return sizesResult(
    indices.map((index) => itemAt(operands, items, index)),
    isScalar,
  );
}

/** To a vector, or to a single number where the new shape is empty. */
function reshape(operands: Operands): NodeValue {
  const rank = operands.integers(1).length;
  if (rank > 1) throw operands.error(`reshapes sizes to ${rank} axes; supported are 0 and 1`);
  return rank === 0 ? sizesResult([only(operands)], true) : sizesResult(operands.sizes(0));
}

/** The op of two vectors of the same length, or of a vector and a number. */
function combine(operands: Operands, op: (a: Dim, b: Dim) => Dim): NodeValue {
  const [a, b] = operands.values.map((value) => vectorOf(value, operands.name)) as [
    SizeVector,
    SizeVector,
  ];
  const count = Math.max(a.items.length, b.items.length);
  const at = ({ items }: SizeVector, i: number): Dim => {
    return itemAt(operands, items, items.length === 1 ? 0 : i);
  };
  const items = Array.from({ length: count }, (_, i) => op(at(a, i), at(b, i)));
  return sizesResult(items, a.isScalar && b.isScalar);
}

/** A product of free sizes is a size of its own, of which nothing more is known. */
function product({ name }: Operands, factors: readonly Dim[]): Dim {
  return productOf(factors) ?? freeDim(name);
}

function quotient(operands: Operands, a: Dim, b: Dim): Dim {
  const divisor = fixedSize(operands.name, b);
  if (typeof a === 'number') return Math.floor(a / divisor);
  const whole = exactQuotient(a, divisor);
  if (whole !== undefined) return whole;
  throw operands.error(`rounds ${describeDim(a)} / ${divisor}, which is not supported`);
}

function limit(
  { name }: Operands,
  choose: (a: number, b: number) => number,
  a: Dim,
  b: Dim,
): number {
  return choose(fixedSize(name, a), fixedSize(name, b));
}

function joined({ name }: Operands, values: readonly NodeValue[]): Dim[] {
  return values.flatMap((value) => vectorOf(value, name).items);
}

function only(operands: Operands): Dim {
  const items = operands.sizes(0);
  if (items.length !== 1) throw operands.error(`reads ${items.length} sizes, expected one`);
  return itemAt(operands, items, 0);
}

function itemAt(operands: Operands, items: readonly Dim[], index: number): Dim {
  const item = items.at(index);
  if (item === undefined) throw operands.error(`reads size ${index} of ${items.length}`);
  return item;
}

function vectorOf(value: NodeValue | undefined, name: string): SizeVector {
  if (value?.kind === 'sizes') return value.sizes;
  if (value?.kind !== 'constant' || value.constant.type !== 'int32') {
    throw new Error(`${name} joins sizes with something else than whole numbers`);
  }
  const { shape, data } = value.constant;
  return { items: [...data], isScalar: shape.length === 0 };
}
