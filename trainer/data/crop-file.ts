import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { CropGeometry } from '../../models/contract/crop.ts';

/** Decoded faces: uint8 RGB, each crop with `margin` px of picture around it. */
export interface CropStore {
  readonly crop: CropGeometry;
  readonly margin: number;
  /** The faces that could be decoded, each with its row in the store. */
  readonly index: ReadonlyMap<string, number>;
  /**
   * A face with its margin, uint8 RGB, [h + 2 margin, w + 2 margin, 3]. Throws an Error when the
   * store does not hold it.
   */
  read(file: string): Uint8Array;
}

/**
 * A store in a file, read face by face: the system keeps in memory what it has room for, so that a
 * data set may be larger than memory, and threads that read the same file share it.
 */
export interface CropFile extends CropStore {
  readonly path: string;
  /** Pictures that could not be decoded, with the reason; they are not in the index. */
  readonly skipped: readonly string[];
  close(): void;
}

/** What a crop file says about its faces. It follows them, since it is complete only then. */
export interface CropFileDescription {
  readonly crop: CropGeometry;
  readonly margin: number;
  /** Files of all rows, decoded or not. */
  readonly files: readonly string[];
  readonly skipped: readonly SkippedPicture[];
}

export interface SkippedPicture {
  readonly file: string;
  readonly reason: string;
}

/** Ends a whole file; the digit is the version of the layout. */
const SIGNATURE = Buffer.from('DMCROPS1', 'latin1');
/** The description's length as uint32, little-endian, then the signature. */
const END_BYTES = 4 + SIGNATURE.length;

/** Bytes of one face in a store. */
export function faceBytes(crop: CropGeometry, margin: number): number {
  return (crop.width + 2 * margin) * (crop.height + 2 * margin) * 3;
}

/** What follows the faces of a crop file: its description as JSON, its length, the signature. */
export function encodeDescription(description: CropFileDescription): Buffer {
  const json = Buffer.from(JSON.stringify(description), 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([json, length, SIGNATURE]);
}

/** Opens a crop file; undefined when there is none or it is damaged. */
export function openCropFile(path: string): CropFile | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return undefined;
  }
  const description = readDescription(descriptor);
  if (description !== undefined) return new OpenCropFile(path, descriptor, description);
  closeSync(descriptor);
  return undefined;
}

/** Undefined when the file was cut off, or is no crop file of this layout. */
function readDescription(descriptor: number): CropFileDescription | undefined {
  const { size } = fstatSync(descriptor);
  if (size < END_BYTES) return undefined;
  const end = readAt(descriptor, size - END_BYTES, END_BYTES);
  if (!end.subarray(4).equals(SIGNATURE)) return undefined;
  const start = size - END_BYTES - end.readUInt32LE();
  if (start < 0) return undefined;
  try {
    const json = readAt(descriptor, start, size - END_BYTES - start).toString('utf8');
    const description = JSON.parse(json) as CropFileDescription;
    const bytes = description.files.length * faceBytes(description.crop, description.margin);
    return bytes === start ? description : undefined;
  } catch {
    return undefined;
  }
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(descriptor, bytes, 0, length, position);
  return bytes;
}

class OpenCropFile implements CropFile {
  readonly path: string;
  readonly crop: CropGeometry;
  readonly margin: number;
  readonly index: ReadonlyMap<string, number>;
  readonly skipped: readonly string[];
  readonly #descriptor: number;

  constructor(path: string, descriptor: number, description: CropFileDescription) {
    const { crop, margin, files, skipped } = description;
    this.path = path;
    this.crop = crop;
    this.margin = margin;
    this.skipped = skipped.map(({ file, reason }) => `${file}: ${reason}`);
    const unreadable = new Set(skipped.map(({ file }) => file));
    const rows = files.map((file, row): [string, number] => [file, row]);
    this.index = new Map(rows.filter(([file]) => !unreadable.has(file)));
    this.#descriptor = descriptor;
  }

  read(file: string): Uint8Array {
    const row = this.index.get(file);
    if (row === undefined) throw new Error(`${file} is not among the decoded faces`);
    const face = Buffer.allocUnsafe(faceBytes(this.crop, this.margin));
    const read = readSync(this.#descriptor, face, 0, face.length, row * face.length);
    if (read === face.length) return face;
    throw new Error(`${this.path} ends before ${file}: it was changed while in use, start again`);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
