import { concatBytes } from './bytes.ts';

const MAX_BLOCK = 0xffff;
const ADLER_MODULUS = 65521;

/** A zlib stream (RFC 1950) that holds bytes as they are, without compressing them. */
export function zlibStored(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  const blocks = Math.max(1, Math.ceil(bytes.length / MAX_BLOCK));
  for (let i = 0; i < blocks; i++) {
    const block = bytes.subarray(i * MAX_BLOCK, (i + 1) * MAX_BLOCK);
    const isLast = i === blocks - 1 ? 1 : 0;
    const length = [block.length & 0xff, block.length >> 8] as const;
    // A stored block gives its length and the length's complement, low byte first.
    parts.push(Uint8Array.of(isLast, ...length, length[0] ^ 0xff, length[1] ^ 0xff), block);
  }
  const sum = adler32(bytes);
  parts.push(Uint8Array.of(sum >>> 24, (sum >>> 16) & 0xff, (sum >>> 8) & 0xff, sum & 0xff));
  return concatBytes(parts);
}

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % ADLER_MODULUS;
    b = (b + a) % ADLER_MODULUS;
  }
  return ((b << 16) | a) >>> 0;
}
