import { crc32c } from './crc32c.ts';

/**
 * TFRecord framing: the length as a 64-bit little-endian number and its checksum, then the data and
 * its checksum. https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
 */
const LENGTH_BYTES = 8;
const CHECKSUM_BYTES = 4;
const HEAD_BYTES = LENGTH_BYTES + CHECKSUM_BYTES;
const MASK_DELTA = 0xa282ead8;

export interface FramedRecord {
  readonly data: Uint8Array;
  /** Position of the first byte behind the record. */
  readonly end: number;
}

/** Frames one record. */
export function encodeRecord(data: Uint8Array): Buffer {
  const record = Buffer.alloc(HEAD_BYTES + data.length + CHECKSUM_BYTES);
  record.writeBigUInt64LE(BigInt(data.length));
  record.writeUInt32LE(maskedCrc(record.subarray(0, LENGTH_BYTES)), LENGTH_BYTES);
  record.set(data, HEAD_BYTES);
  record.writeUInt32LE(maskedCrc(data), HEAD_BYTES + data.length);
  return record;
}

/** The whole records at the start of a file, up to its end or to one that is damaged or cut off. */
export function* decodeRecords(file: Buffer): Generator<FramedRecord> {
  for (let start = 0; start + HEAD_BYTES <= file.length; ) {
    const length = file.subarray(start, start + LENGTH_BYTES);
    if (file.readUInt32LE(start + LENGTH_BYTES) !== maskedCrc(length)) return;
    const data = file.subarray(start + HEAD_BYTES).subarray(0, Number(length.readBigUInt64LE()));
    const end = start + HEAD_BYTES + Number(length.readBigUInt64LE()) + CHECKSUM_BYTES;
    if (end > file.length || file.readUInt32LE(end - CHECKSUM_BYTES) !== maskedCrc(data)) return;
    yield { data, end };
    start = end;
  }
}

/** Rotated and shifted, since a checksum of data that holds checksums tells little. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
