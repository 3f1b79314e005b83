/** Rows of float features, one per face. */
export interface Features {
  /** Row by row, [count, size]. */
  readonly data: Float32Array;
  readonly count: number;
  readonly size: number;
}

/** One row, sharing memory with the whole. */
export function featureRow({ data, size }: Features, i: number): Float32Array {
  return data.subarray(i * size, (i + 1) * size);
}
