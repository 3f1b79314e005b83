import { z } from 'zod';

export const MIB = 2 ** 20;

/** The longest time that a timer of Node can wait. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number, defaultValue: number) {
  return z
    .string()
    .regex(/^\d+$/, `expected a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `expected a number from ${min} to ${max}`)
    .default(defaultValue);
}

/** `true` or `false`. */
export function flag(defaultValue: boolean) {
  return z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .default(defaultValue);
}

/** Words separated by commas, in lower case. */
export function lowerCaseList() {
  return z
    .string()
    .transform((list): readonly string[] =>
      list.split(',').flatMap((word) => word.trim().toLowerCase() || []),
    )
    .default([]);
}
