/**
 * Sizes of a tensor's axes while a graph is built. A size that the file leaves free is followed as a
 * linear function of the input's size that it comes from, so that it stays known which sizes are
 * equal, how they are padded and what the input has to be a multiple of.
 */
export type Dim = number | FreeDim;

/** numerator / denominator * symbol + offset. */
export interface FreeDim {
  /** Name of the input's free dimension. */
  readonly symbol: string;
  /** What the symbol is known to be a multiple of. */
  readonly divisor: number;
  readonly numerator: number;
  readonly denominator: number;
  readonly offset: number;
  /** What the symbol has to be a multiple of for the function to hold: else sizes were rounded. */
  readonly multiple: number;
  /** The size for every input, rounding included; equal texts are equal sizes. */
  readonly expression: string;
  /** The size for a nominal input, for counting operations. */
  readonly nominal: number;
}

/** A free dimension of an input. */
export function freeDim(symbol: string, nominal = 1, divisor = 1): FreeDim {
  return {
    symbol,
    divisor,
    numerator: 1,
    denominator: 1,
    offset: 0,
    multiple: 1,
    expression: symbol,
    nominal,
  };
}

/** The size, of a free dimension the nominal one. */
export function nominalSize(dim: Dim): number {
  return typeof dim === 'number' ? dim : dim.nominal;
}

/** Whether the dimension follows its symbol for every size that the input may have. */
export function isExact({ divisor, multiple }: FreeDim): boolean {
  return divisor % multiple === 0;
}

/** Whether the dimension is its symbol itself, for every size that the input may have. */
export function isSymbol(dim: FreeDim): boolean {
  return dim.expression === dim.symbol || (isExact(dim) && equalDims(dim, freeDim(dim.symbol)));
}

export function addToDim(dim: Dim, count: number): Dim {
  if (typeof dim === 'number') return dim + count;
  if (count === 0) return dim;
  const { offset, expression, nominal } = dim;
  return {
    ...dim,
    offset: offset + count,
    expression: `(${expression}${count < 0 ? '' : '+'}${count})`,
    nominal: nominal + count,
  };
}

export function multiplyDim(dim: Dim, factor: number): Dim {
  if (typeof dim === 'number') return dim * factor;
  if (factor === 1) return dim;
  const { numerator, denominator, offset, expression, nominal } = dim;
  return {
    ...dim,
    ...reduce(numerator * factor, denominator),
    offset: offset * factor,
    expression: `${factor}*${expression}`,
    nominal: nominal * factor,
  };
}

/** Steps of `stride` that begin within a dimension: ceil(dim / stride). */
export function divideDim(dim: Dim, stride: number): Dim {
  if (typeof dim === 'number') return Math.ceil(dim / stride);
  if (stride === 1) return dim;
  const fraction = reduce(dim.numerator, dim.denominator * stride);
  return {
    ...dim,
    ...fraction,
    offset: Math.ceil(dim.offset / stride),
    multiple: leastCommonMultiple(dim.multiple, fraction.denominator),
    expression: `ceil(${dim.expression}/${stride})`,
    nominal: Math.ceil(dim.nominal / stride),
  };
}

/** dim / divisor; undefined where it is not a whole number for every size that the input may have. */
export function exactQuotient(dim: Dim, divisor: number): Dim | undefined {
  if (typeof dim === 'number') return dim % divisor === 0 ? dim / divisor : undefined;
  const { numerator, denominator, offset, expression, nominal } = dim;
  if (denominator !== 1 || numerator % divisor !== 0 || offset % divisor !== 0) return undefined;
  return {
    ...dim,
    numerator: numerator / divisor,
    offset: offset / divisor,
    expression: `${expression}/${divisor}`,
    nominal: nominal / divisor,
  };
}

/**
 * The remainder of the size divided by `stride`, where it is the same for every size that the input
 * may have.
 */
export function remainderOf(dim: Dim, stride: number): number | undefined {
  if (stride === 1) return 0;
  if (typeof dim === 'number') return dim % stride;
  const step = (dim.numerator * dim.divisor) / dim.denominator;
  if (!isExact(dim) || step % stride !== 0) return undefined;
  return ((dim.offset % stride) + stride) % stride;
}

/** Whether two dimensions are the same function of the same size. */
export function equalDims(a: Dim, b: Dim): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return (
    a.symbol === b.symbol &&
    a.numerator === b.numerator &&
    a.denominator === b.denominator &&
    a.offset === b.offset
  );
}

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof b === 'number') return addToDim(a, b);
  if (typeof a === 'number') return addToDim(b, a);
  const expression = `(${a.expression}+${b.expression})`;
  const nominal = a.nominal + b.nominal;
  // The sum of two inputs' sizes follows neither of them.
  if (a.symbol !== b.symbol) return freeDim(expression, nominal);
  const numerator = a.numerator * b.denominator + b.numerator * a.denominator;
  return {
    ...a,
    ...reduce(numerator, a.denominator * b.denominator),
    offset: a.offset + b.offset,
    multiple: leastCommonMultiple(a.multiple, b.multiple),
    expression,
    nominal,
  };
}

/** The product of dimensions; undefined where more than one is free. */
export function productOf(dims: readonly Dim[]): Dim | undefined {
  const free = dims.filter((dim) => typeof dim !== 'number');
  const factor = dims.reduce<number>(
    (size, dim) => (typeof dim === 'number' ? size * dim : size),
    1,
  );
  if (free.length > 1) return undefined;
  return free[0] === undefined ? factor : multiplyDim(free[0], factor);
}

/** For people: the size, or `2/4h+1`. */
export function describeDim(dim: Dim): string {
  if (typeof dim === 'number') return String(dim);
  const { numerator, denominator, symbol, offset } = dim;
  const factor = numerator === 1 ? '' : String(numerator);
  const fraction = denominator === 1 ? '' : `/${denominator}`;
  return `${factor}${symbol}${fraction}${offset < 0 ? offset : offset > 0 ? `+${offset}` : ''}`;
}

export function describeDims(dims: readonly Dim[]): string {
  return `[${dims.map(describeDim).join(', ')}]`;
}

export function leastCommonMultiple(a: number, b: number): number {
  return (a * b) / greatestCommonDivisor(a, b);
}

function reduce(numerator: number, denominator: number) {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
