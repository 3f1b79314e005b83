import type { Similarity } from '../../models/contract/geometry.ts';

/** A similarity of the photo's px, from the px of a part of the photo that starts at (left, top). */
export function ofPart({ a, b, tx, ty }: Similarity, left: number, top: number): Similarity {
  return { a, b, tx: a * left - b * top + tx, ty: b * left + a * top + ty };
}

/** A similarity of the photo's px, from the px of a copy that is `scale` times as large. */
export function ofCopy({ a, b, tx, ty }: Similarity, scale: number): Similarity {
  return { a: a / scale, b: b / scale, tx, ty };
}
