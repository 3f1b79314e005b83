/** A position in continuous pixel coordinates: (0, 0) is the outer corner of the first pixel,
 * whose centre is (0.5, 0.5). */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Rotation, uniform scale and shift: x' = a x - b y + tx, y' = b x + a y + ty. */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

/**
 * The similarity that brings `from` to `to` with the least sum of squared distances.
 *
 * @throws Error when the lists differ in length or all points of `from` coincide
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity {
  if (from.length !== to.length) {
    throw new Error(
      `a similarity needs pairs of points: got ${from.length} points for ${to.length} targets`,
    );
  }
  const fromMean = centreOf(from);
  const toMean = centreOf(to);
  let dot = 0;
  let cross = 0;
  let spread = 0;
  from.forEach((point, i) => {
    const target = to[i] as Point;
    const x = point.x - fromMean.x;
    const y = point.y - fromMean.y;
    const u = target.x - toMean.x;
    const v = target.y - toMean.y;
    dot += x * u + y * v;
    cross += x * v - y * u;
    spread += x * x + y * y;
  });
  if (!(spread > 0)) {
    throw new Error('a similarity needs at least two different points, got only equal ones');
  }
  const a = dot / spread;
  const b = cross / spread;
  return {
    a,
    b,
    tx: toMean.x - a * fromMean.x + b * fromMean.y,
    ty: toMean.y - b * fromMean.x - a * fromMean.y,
  };
}

/** Where a similarity brings a point. */
export function applySimilarity({ a, b, tx, ty }: Similarity, { x, y }: Point): Point {
  return { x: a * x - b * y + tx, y: b * x + a * y + ty };
}

/** The similarity that does `first`, then `second`. */
export function composeSimilarities(second: Similarity, first: Similarity): Similarity {
  const { x: tx, y: ty } = applySimilarity(second, { x: first.tx, y: first.ty });
  return {
    a: second.a * first.a - second.b * first.b,
    b: second.b * first.a + second.a * first.b,
    tx,
    ty,
  };
}

/**
 * The similarity that undoes another one.
 *
 * @throws Error when its scale is 0 or not finite
 */
export function invertSimilarity({ a, b, tx, ty }: Similarity): Similarity {
  const squaredScale = a * a + b * b;
  if (!(squaredScale > 0 && Number.isFinite(squaredScale))) {
    throw new Error(`a similarity of scale ${Math.sqrt(squaredScale)} cannot be inverted`);
  }
  const inverseA = a / squaredScale;
  const inverseB = -b / squaredScale;
  return {
    a: inverseA,
    b: inverseB,
    tx: inverseB * ty - inverseA * tx,
    ty: -inverseB * tx - inverseA * ty,
  };
}

export function distanceBetween(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** How much longer a similarity makes distances. */
export function scaleOf({ a, b }: Similarity): number {
  return Math.hypot(a, b);
}

/** The smallest upright box that holds all points. */
export function boundsOf(points: readonly Point[]): Box {
  const x = Math.min(...points.map((point) => point.x));
  const y = Math.min(...points.map((point) => point.y));
  return {
    x,
    y,
    width: Math.max(...points.map((point) => point.x)) - x,
    height: Math.max(...points.map((point) => point.y)) - y,
  };
}

/** The corners of a box, clockwise from the top left. */
export function cornersOf({ x, y, width, height }: Box): readonly Point[] {
  return [
    { x, y },
    { x: x + width, y },
    { x: x + width, y: y + height },
    { x, y: y + height },
  ];
}

/** The mean of points. */
export function centreOf(points: readonly Point[]): Point {
  const sum = points.reduce(({ x, y }, point) => ({ x: x + point.x, y: y + point.y }), {
    x: 0,
    y: 0,
  });
  return { x: sum.x / points.length, y: sum.y / points.length };
}
