const HALF_BYTES = 2;
const SIGN = 0x8000;
/** Bits of the float32 values that bound what half precision holds. */
const OVERFLOW = 0x477ff000;
const SMALLEST_NORMAL = 0x38800000;
const ONE_HALF = 0x3f000000;
/** Difference of the exponents' biases, 127 - 15, in place. */
const REBIAS = 0x38000000;

/**
 * Rounds to IEEE 754 half precision (nearest, ties to even), little-endian bytes.
 * Throws a RangeError for a value that is not finite there: above 65,504, infinite or not a number.
 */
export function encodeHalf(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * HALF_BYTES);
  const out = new DataView(bytes.buffer);
  const scratch = new DataView(new ArrayBuffer(4));
  const bitsOf = (value: number): number => {
    scratch.setFloat32(0, value);
    return scratch.getUint32(0);
  };
  for (const [i, value] of values.entries()) {
    const bits = bitsOf(value);
    const magnitude = bits & 0x7fffffff;
    if (magnitude >= OVERFLOW) {
      throw new RangeError(`${value} cannot be stored in half precision, which ends at 65504`);
    }
    const half =
      magnitude < SMALLEST_NORMAL
        ? // The last bit of a float32 next to 0.5 counts 2^-24, as that of a subnormal half does.
          bitsOf(Math.abs(value) + 0.5) - ONE_HALF
        : (magnitude + 0xfff + ((magnitude >>> 13) & 1) - REBIAS) >>> 13;
    out.setUint16(i * HALF_BYTES, half | ((bits >>> 16) & SIGN), true);
  }
  return bytes;
}

/** Reads little-endian half-precision values. */
export function decodeHalf(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / HALF_BYTES }, (_, i) =>
    valueOf(view.getUint16(i * HALF_BYTES, true)),
  );
}

function valueOf(half: number): number {
  const sign = half & SIGN ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
