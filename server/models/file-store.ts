import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { ModelFile } from '../../models/contract/manifest.ts';
import { hashContent } from '../photo/content-hash.ts';

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

export type ContentCoding = 'br' | 'gzip' | 'identity';

/** A file as it is sent. */
export interface FileContent {
  readonly content: Uint8Array;
  readonly coding: ContentCoding;
}

/** Weights are noise to a compressor: less than this gain is not worth the time to unpack. */
const WORTHWHILE = 0.9;
/** Below this a file goes into one or two packets anyway. */
const MIN_COMPRESSED_BYTES = 1024;

/**
 * The files of models as browsers fetch them: checked against their hash, compressed where it pays,
 * and kept in memory up to a bound, those least recently asked for going first.
 */
export class ModelFileStore {
  readonly #maxBytes: number;
  /** By hash and coding, least recently used first. */
  readonly #contents = new Map<string, Promise<FileContent>>();
  readonly #sizes = new Map<string, number>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The content of a file of a model's folder.
   *
   * @param coding what the client understands best
   * @throws Error when the file cannot be read or is not what the manifest says
   */
  async read(folder: string, file: ModelFile, coding: ContentCoding): Promise<FileContent> {
    const key = `${file.sha256} ${coding}`;
    const found = this.#contents.get(key) ?? encode(folder, file, coding);
    // Moved to the end, behind which nothing is thrown out.
    this.#contents.delete(key);
    this.#contents.set(key, found);
    try {
      const read = await found;
      this.#sizes.set(key, read.content.length);
      this.#trim();
      return read;
    } catch (error) {
      this.#contents.delete(key);
      throw error;
    }
  }

  #trim(): void {
    let bytes = [...this.#sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const key of this.#contents.keys()) {
      if (bytes <= this.#maxBytes) return;
      // One that is being read has no size yet.
      bytes -= this.#sizes.get(key) ?? 0;
      this.#contents.delete(key);
      this.#sizes.delete(key);
    }
  }
}

async function encode(
  folder: string,
  file: ModelFile,
  coding: ContentCoding,
): Promise<FileContent> {
  const content = await readVerifiedFile(folder, file);
  if (coding === 'identity' || content.length < MIN_COMPRESSED_BYTES) {
    return { content, coding: 'identity' };
  }
  const compressed =
    coding === 'gzip'
      ? await compressGzip(content)
      : await compressBrotli(content, {
          params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_LGWIN]: 22 },
        });
  if (compressed.length > WORTHWHILE * content.length) return { content, coding: 'identity' };
  return { content: compressed, coding };
}

/**
 * Reads a file that a manifest lists.
 *
 * @throws Error when its SHA-256 is another one
 */
export async function readVerifiedFile(
  folder: string,
  { path, sha256 }: Pick<ModelFile, 'path' | 'sha256'>,
): Promise<Uint8Array> {
  const content = await readFile(join(folder, path));
  const found = await hashContent(content);
  if (found === sha256) return content;
  throw new Error(
    `${path} has SHA-256 ${found}, the manifest says ${sha256}: the file was changed or ` +
      'damaged, export the model again',
  );
}
