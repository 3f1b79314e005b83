/** A JPEG marker segment. */
export function createSegment(marker: number, content: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(content.length + 2);
  return Buffer.concat([Buffer.of(0xff, marker), length, content]);
}

/** Puts segments behind the start of a JPEG and, if it has one, its JFIF header. */
export function insertSegment(jpeg: Buffer, ...segments: readonly Buffer[]): Buffer {
  const hasJfif = jpeg[3] === 0xe0;
  const at = hasJfif ? 4 + jpeg.readUInt16BE(4) : 2;
  return Buffer.concat([jpeg.subarray(0, at), ...segments, jpeg.subarray(at)]);
}
