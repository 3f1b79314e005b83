import type { Features } from '../../trainer/evaluation/features.ts';
import type { Random } from '../../trainer/random.ts';

/** Rows as features. */
export function rowsOf(rows: readonly (readonly number[])[]): Features {
  const size = rows[0]?.length ?? 0;
  return { data: Float32Array.from(rows.flat()), count: rows.length, size };
}

/** Standard normal features around a mean. */
export function normalRows(random: Random, count: number, size: number, mean = 0): Features {
  const data = Float32Array.from({ length: count * size }, () => mean + random.normal());
  return { data, count, size };
}
