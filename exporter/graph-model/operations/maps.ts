import { pad } from '../../onnx/borders.ts';
import { type Dim, describeDim, equalDims, isExact, multiplyDim } from '../../onnx/dims.ts';
import { type Reduction, reduce } from '../../onnx/reductions.ts';
import { type Coordinates, type Interpolation, resizeTo, upsample } from '../../onnx/resize.ts';
import { mapDims } from '../../onnx/tensor-value.ts';
import type { Pads } from '../../onnx/windows.ts';
import { type NodeValue, tensorResult } from '../node-value.ts';
import type { Operands, Operation } from '../operands.ts';

/** Reductions, padding and resizing. */
export const MAP_OPERATIONS: readonly (readonly [string, Operation])[] = [
  ['Mean', (operands) => reduction(operands, 'mean')],
  ['Sum', (operands) => reduction(operands, 'sum')],
  ['Max', (operands) => reduction(operands, 'max')],
  ['Min', (operands) => reduction(operands, 'min')],
  ['Pad', (operands) => padding(operands, operands.attributes.float('constant_value', 0))],
  ['PadV2', (operands) => padding(operands, operands.number(2))],
  ['MirrorPad', mirrorPadding],
  ['ResizeBilinear', (operands) => resize(operands, 'bilinear')],
  ['ResizeNearestNeighbor', (operands) => resize(operands, 'nearest')],
];

function reduction(operands: Operands, kind: Reduction): NodeValue {
  const { graph, name, attributes } = operands;
  const axes = operands.integers(1);
  const keepDims = attributes.flag('keep_dims');
  return tensorResult(reduce(graph, kind, name, operands.tensor(0), axes, keepDims));
}

function padding(operands: Operands, fill: number): NodeValue {
  const { graph, name } = operands;
  return tensorResult(pad(graph, name, operands.tensor(0), readPads(operands), { fill }));
}

/** SYMMETRIC repeats the border too; with one row or column, that is ONNX's `edge`. */
function mirrorPadding(operands: Operands): NodeValue {
  const { graph, name, attributes } = operands;
  const pads = readPads(operands);
  const mode = attributes.text('mode');
  if (mode === 'SYMMETRIC' && pads.some(({ begin, end }) => Math.max(begin, end) > 1)) {
    throw operands.error('mirrors more than one row SYMMETRIC; supported is REFLECT');
  }
  const options = { mode: mode === 'SYMMETRIC' ? 'edge' : 'reflect' } as const;
  return tensorResult(pad(graph, name, operands.tensor(0), pads, options));
}

/** [[begin, end], ...], one pair for each axis. */
function readPads(operands: Operands): Pads[] {
  const amounts = operands.integers(1);
  return operands.tensor(0).dims.map((_, axis) => ({
    begin: amounts[2 * axis] ?? 0,
    end: amounts[2 * axis + 1] ?? 0,
  }));
}

function resize(operands: Operands, interpolation: Interpolation): NodeValue {
  const { graph, name, attributes } = operands;
  const x = operands.tensor(0);
  const { height, width } = mapDims(name, x);
  const coordinates: Coordinates = attributes.flag('align_corners')
    ? 'align-corners'
    : attributes.flag('half_pixel_centers')
      ? 'half-pixel'
      : 'asymmetric';
  const [targetHeight, targetWidth] = operands.sizes(1) as [Dim, Dim];
  if (typeof targetHeight === 'number' && typeof targetWidth === 'number') {
    const size = [targetHeight, targetWidth] as const;
    return tensorResult(resizeTo(graph, name, x, size, interpolation, coordinates));
  }
  const factors = [
    wholeFactor(operands, height, targetHeight),
    wholeFactor(operands, width, targetWidth),
  ] as const;
  return tensorResult(upsample(graph, name, x, factors, interpolation, coordinates));
}

/** How many times larger a size becomes that the model leaves free. */
function wholeFactor(operands: Operands, from: Dim, to: Dim): number {
  if (typeof from === 'number' || typeof to === 'number') {
    if (equalDims(from, to)) return 1;
    throw operands.error(`resizes ${describeDim(from)} to ${describeDim(to)}, which is no factor`);
  }
  const factor = (to.numerator * from.denominator) / (to.denominator * from.numerator);
  if (!Number.isInteger(factor) || !equalDims(multiplyDim(from, factor), to)) {
    throw operands.error(
      `resizes ${describeDim(from)} to ${describeDim(to)}; supported are whole factors of free sizes`,
    );
  }
  // Rounded sizes are in proportion only where nothing was rounded.
  for (const dim of [from, to]) {
    if (!isExact(dim)) operands.graph.requireMultiple(dim.symbol, dim.multiple);
  }
  return factor;
}
