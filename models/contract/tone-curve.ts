import { asciiText, viewOf } from './bytes.ts';

/** Steps of a tone curve that is kept as a table; fine enough for dark levels of gamma 2.6. */
const STEPS = 4096;
/** Parameters of each kind of parametric curve, by its function type (ICC.1 section 10.18). */
const PARAMETER_COUNTS = [1, 3, 4, 5, 7];

/** How one channel's values, 0 to 1, become linear light, 0 to 1, and back. */
export interface ToneCurve {
  readonly toLinear: (value: number) => number;
  readonly fromLinear: (linear: number) => number;
}

/**
 * Reads the content of a TRC tag: a table, a gamma or a parametric curve.
 *
 * @returns undefined when the tag is damaged, of another kind, or the curve does not rise
 */
export function parseToneCurve(tag: Uint8Array): ToneCurve | undefined {
  if (tag.length < 12) return undefined;
  const type = asciiText(tag.subarray(0, 4));
  const evaluate =
    type === 'curv' ? readSampled(tag) : type === 'para' ? readParametric(tag) : undefined;
  return evaluate === undefined ? undefined : tabulate(evaluate);
}

function readSampled(tag: Uint8Array): ((value: number) => number) | undefined {
  const view = viewOf(tag);
  const count = view.getUint32(8);
  if (12 + 2 * count > tag.length) return undefined;
  if (count === 0) return (value) => value;
  if (count === 1) {
    const gamma = view.getUint16(12) / 256;
    return (value) => value ** gamma;
  }
  const table = Float64Array.from({ length: count }, (_, i) => view.getUint16(12 + 2 * i) / 65535);
  return (value) => interpolate(table, value);
}

function readParametric(tag: Uint8Array): ((value: number) => number) | undefined {
  const view = viewOf(tag);
  const kind = view.getUint16(8);
  const count = PARAMETER_COUNTS[kind];
  if (count === undefined || 12 + 4 * count > tag.length) return undefined;
  const [g = 1, a = 1, b = 0, c = 0, d = 0, e = 0, f = 0] = Array.from(
    { length: count },
    (_, i) => view.getInt32(12 + 4 * i) / 65536,
  );
  const power = (value: number): number => Math.max(0, a * value + b) ** g;
  switch (kind) {
    case 0:
      return (value) => value ** g;
    case 1:
      return power;
    case 2:
      return (value) => power(value) + c;
    case 3:
      return (value) => (value >= d ? power(value) : c * value);
    default:
      return (value) => (value >= d ? power(value) + e : c * value + f);
  }
}

function tabulate(evaluate: (value: number) => number): ToneCurve | undefined {
  const table = Float64Array.from({ length: STEPS + 1 }, (_, i) => evaluate(i / STEPS));
  const rises = table.every((linear, i) => i === 0 || linear >= (table[i - 1] as number));
  if (!rises || !((table[STEPS] as number) > (table[0] as number))) return undefined;
  return {
    toLinear: (value) => interpolate(table, value),
    fromLinear: (linear) => findValue(table, linear),
  };
}

function interpolate(table: Float64Array, value: number): number {
  const position = Math.max(0, Math.min(1, value)) * (table.length - 1);
  const i = Math.min(table.length - 2, Math.floor(position));
  const low = table[i] as number;
  return low + (position - i) * ((table[i + 1] as number) - low);
}

/** The value at which a rising table reaches `linear`. */
function findValue(table: Float64Array, linear: number): number {
  let low = 0;
  let high = table.length - 1;
  if (linear <= (table[low] as number)) return 0;
  if (linear >= (table[high] as number)) return 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((table[middle] as number) <= linear) low = middle;
    else high = middle;
  }
  const start = table[low] as number;
  return (low + (linear - start) / ((table[high] as number) - start)) / (table.length - 1);
}
