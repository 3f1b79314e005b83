import type { NodeAttributes } from './attributes.ts';

/** What a StridedSlice does with one axis of its input. */
export type AxisPart =
  | {
      readonly kind: 'range';
      readonly begin: number;
      readonly end: number | undefined;
      readonly step: number;
    }
  | { readonly kind: 'index'; readonly index: number };

export interface StridedSlice {
  /** One for each axis of the input, from the first on; axes behind the list stay whole. */
  readonly parts: readonly AxisPart[];
  /** Places of new axes of size 1 in the result, in rising order. */
  readonly newAxes: readonly number[];
}

const WHOLE: AxisPart = { kind: 'range', begin: 0, end: undefined, step: 1 };

/**
 * Reads the bounds and masks of a StridedSlice, as Python's x[a:b:c, i, ..., None] writes them.
 *
 * @param rank number of axes of the input
 * @param bounds one begin, end and stride for each part of the index
 */
export function readStridedSlice(
  attributes: NodeAttributes,
  rank: number,
  bounds: {
    readonly begins: readonly number[];
    readonly ends: readonly number[];
    readonly steps: readonly number[];
  },
): StridedSlice {
  const isSet = (mask: string, i: number): boolean => {
    return ((attributes.integer(mask, 0) >> i) & 1) === 1;
  };
  const count = bounds.begins.length;
  const newCount = bounds.begins.filter((_, i) => isSet('new_axis_mask', i)).length;
  const parts: AxisPart[] = [];
  const newAxes: number[] = [];
  let place = 0;
  for (let i = 0; i < count; i++) {
    if (isSet('ellipsis_mask', i)) {
      const skipped = rank - (count - 1 - newCount);
      for (let axis = 0; axis < skipped; axis++) parts.push(WHOLE);
      place += skipped;
    } else if (isSet('new_axis_mask', i)) {
      newAxes.push(place++);
    } else if (isSet('shrink_axis_mask', i)) {
      parts.push({ kind: 'index', index: bounds.begins[i] ?? 0 });
    } else {
      const begin = isSet('begin_mask', i) ? 0 : (bounds.begins[i] ?? 0);
      const end = isSet('end_mask', i) ? undefined : bounds.ends[i];
      parts.push({ kind: 'range', begin, end, step: bounds.steps[i] ?? 1 });
      place++;
    }
  }
  return { parts, newAxes };
}
