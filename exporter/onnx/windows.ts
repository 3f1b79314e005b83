import { addToDim, type Dim, divideDim, nominalSize, remainderOf } from './dims.ts';
import type { AttributeValue } from './messages.ts';

/** Rows or columns added before and after. */
export interface Pads {
  readonly begin: number;
  readonly end: number;
}

/** TensorFlow's paddings; the explicit one adds rows (vertical) and columns. */
export type Padding = 'same' | 'valid' | readonly [vertical: Pads, horizontal: Pads];

/** What slides over a map: pairs are of height and width. */
export interface Window {
  readonly size: readonly [number, number];
  readonly strides?: readonly [number, number];
  readonly dilations?: readonly [number, number];
  readonly padding: Padding;
}

/** The attributes of a node with a window, and the size of its output. */
export interface PlacedWindow {
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly height: Dim;
  readonly width: Dim;
}

/**
 * Places a window on a map. SAME padding that depends on a size which the graph leaves free is left to
 * the runtime (`auto_pad`), which puts the odd pixel at the end, as TensorFlow does.
 */
export function placeWindow(height: Dim, width: Dim, window: Window): PlacedWindow {
  const { size, strides = [1, 1], dilations = [1, 1], padding } = window;
  const place = (dim: Dim, axis: 0 | 1): PlacedAxis => {
    const extent = (size[axis] - 1) * dilations[axis] + 1;
    return placeAxis(dim, extent, strides[axis], padding, axis);
  };
  const rows = place(height, 0);
  const columns = place(width, 1);
  const isDilated = dilations.some((dilation) => dilation > 1);
  return {
    height: rows.size,
    width: columns.size,
    attributes: {
      kernel_shape: size,
      strides,
      ...(isDilated && { dilations }),
      ...(rows.pads === undefined || columns.pads === undefined
        ? { auto_pad: 'SAME_UPPER' }
        : {
            pads: [rows.pads.begin, columns.pads.begin, rows.pads.end, columns.pads.end],
          }),
    },
  };
}

/** How many positions the window takes at the nominal size. */
export function nominalPositions({ height, width }: PlacedWindow): number {
  return nominalSize(height) * nominalSize(width);
}

interface PlacedAxis {
  readonly size: Dim;
  /** Undefined where they depend on a free size. */
  readonly pads: Pads | undefined;
}

function placeAxis(
  dim: Dim,
  extent: number,
  stride: number,
  padding: Padding,
  axis: 0 | 1,
): PlacedAxis {
  if (padding === 'same') {
    return { size: divideDim(dim, stride), pads: samePads(dim, extent, stride) };
  }
  const pads = padding === 'valid' ? { begin: 0, end: 0 } : padding[axis];
  // floor((size - extent) / stride) + 1 = ceil((size - extent + 1) / stride)
  const positions = addToDim(dim, pads.begin + pads.end - extent + 1);
  return { size: divideDim(positions, stride), pads };
}

/**
 * TensorFlow's SAME padding of one axis, where it is the same for every size that the axis may have:
 * the odd pixel goes to the end.
 *
 * @param extent rows or columns that the window spans, dilation included
 */
export function samePads(dim: Dim, extent: number, stride: number): Pads | undefined {
  const remainder = remainderOf(dim, stride);
  // A window of one pixel needs no padding whatever the size.
  if (remainder === undefined && extent > 1) return undefined;
  const total = Math.max(0, extent - (remainder || stride));
  const begin = Math.floor(total / 2);
  return { begin, end: total - begin };
}
