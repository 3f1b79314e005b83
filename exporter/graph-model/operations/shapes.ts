import { expandDims, squeeze } from '../../onnx/axes.ts';
import { type AxisRange, slice } from '../../onnx/borders.ts';
import { concat, permuteAxes } from '../../onnx/shapes.ts';
import { fixedSize, resolveAxis, type TensorValue } from '../../onnx/tensor-value.ts';
import { type NodeValue, sizesResult, tensorResult } from '../node-value.ts';
import type { Operands, Operation } from '../operands.ts';
import { readStridedSlice } from '../strided-slice.ts';
import { reshape } from './reshape.ts';

/** Operations that move values without computing any. */
export const SHAPE_OPERATIONS: readonly (readonly [string, Operation])[] = [
  ['Shape', (operands) => sizesResult(operands.tensor(0).dims)],
  ['Reshape', reshape],
  ['Squeeze', squeezeAxes],
  [
    'ExpandDims',
    (operands) => {
      const { graph, name } = operands;
      return tensorResult(expandDims(graph, name, operands.tensor(0), operands.number(1)));
    },
  ],
  [
    'Transpose',
    (operands) => {
      const { graph, name } = operands;
      return tensorResult(permuteAxes(graph, name, operands.tensor(0), operands.integers(1)));
    },
  ],
  ['ConcatV2', concatenate],
  ['Pack', pack],
  ['Unpack', unpack],
  ['Split', (operands) => split(operands, 1, operands.number(0))],
  ['SplitV', (operands) => split(operands, 0, operands.number(2))],
  ['Slice', sliceAxes],
  ['StridedSlice', stridedSlice],
];

function squeezeAxes(operands: Operands): NodeValue {
  const { graph, name, attributes } = operands;
  const axes = attributes.integers('squeeze_dims', attributes.integers('axis', []));
  return tensorResult(squeeze(graph, name, operands.tensor(0), axes));
}

function concatenate(operands: Operands): NodeValue {
  const { graph, name } = operands;
  const tensors = operands.values.slice(0, -1).map((_, position) => operands.tensor(position));
  return tensorResult(concat(graph, name, tensors, operands.number(-1)));
}

/** Tensors of the same dims side by side along a new axis. */
function pack(operands: Operands): NodeValue {
  const { graph, name, attributes } = operands;
  const axis = attributes.integer('axis', 0);
  const parts = operands.tensors().map((x, i) => expandDims(graph, `${name}/part${i}`, x, axis));
  return tensorResult(concat(graph, name, parts, axis));
}

function unpack(operands: Operands): NodeValue[] {
  const { graph, name, attributes } = operands;
  const x = operands.tensor(0);
  const axis = resolveAxis(name, x, attributes.integer('axis', 0));
  const count = fixedSize(name, x.dims[axis]);
  return Array.from({ length: count }, (_, i) => {
    const part = slice(graph, `${name}/part${i}`, x, [{ axis, begin: i, end: i + 1 }]);
    return tensorResult(squeeze(graph, partName(name, i), part, [axis]));
  });
}

/** Into equal parts (`num_split`), or into parts of the sizes that input 1 gives. */
function split(operands: Operands, position: number, stated: number): NodeValue[] {
  const { graph, name, attributes } = operands;
  const x = operands.tensor(position);
  const axis = resolveAxis(name, x, stated);
  const size = fixedSize(name, x.dims[axis]);
  const sizes =
    position === 0 ? operands.integers(1) : equalParts(attributes.integer('num_split'), size);
  const known = sizes.reduce((sum, part) => (part === -1 ? sum : sum + part), 0);
  let begin = 0;
  return sizes.map((part, i) => {
    const end = begin + (part === -1 ? size - known : part);
    const range = { axis, begin, end };
    begin = end;
    return tensorResult(slice(graph, partName(name, i), x, [range]));
  });
}

function equalParts(count: number, size: number): number[] {
  return Array.from({ length: count }, () => size / count);
}

/** Results of a node with several are named as tf.js names them. */
function partName(name: string, index: number): string {
  return index === 0 ? name : `${name}:${index}`;
}

function sliceAxes(operands: Operands): NodeValue {
  const { graph, name } = operands;
  const begins = operands.integers(1);
  const sizes = operands.fixedSizes(2);
  const ranges = begins.map((begin, axis): AxisRange => {
    const size = sizes[axis] ?? -1;
    return { axis, begin, end: size === -1 ? undefined : begin + size };
  });
  return tensorResult(slice(graph, name, operands.tensor(0), ranges.filter(cuts)));
}

function stridedSlice(operands: Operands): NodeValue {
  const { graph, name, attributes } = operands;
  const x = operands.tensor(0);
  const [begins, ends, steps] = [1, 2, 3].map((position) => operands.integers(position)) as [
    number[],
    number[],
    number[],
  ];
  const { parts, newAxes } = readStridedSlice(attributes, x.dims.length, { begins, ends, steps });
  const ranges = parts.map((part, axis): AxisRange => {
    if (part.kind === 'range') return { axis, ...part };
    // The last index's end would be 0, which is the first index again.
    const end = part.index === -1 ? undefined : part.index + 1;
    return { axis, begin: part.index, end };
  });
  const removed = parts.flatMap((part, axis) => (part.kind === 'index' ? [axis] : []));
  const stages: ((name: string, x: TensorValue) => TensorValue)[] = [
    (stage, y) => slice(graph, stage, y, ranges.filter(cuts)),
  ];
  if (removed.length > 0) stages.push((stage, y) => squeeze(graph, stage, y, removed));
  stages.push(
    ...newAxes.map((axis) => (stage: string, y: TensorValue) => {
      return expandDims(graph, stage, y, axis);
    }),
  );
  return tensorResult(
    stages.reduce((y, stage, i) => {
      return stage(i === stages.length - 1 ? name : `${name}/stage${i}`, y);
    }, x),
  );
}

/** Whether a range is less than its whole axis. */
function cuts({ begin, end, step = 1 }: AxisRange): boolean {
  return begin !== 0 || end !== undefined || step !== 1;
}
