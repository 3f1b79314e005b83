import type { DownloadProgress } from './progress.ts';

/** A file of the service that never changes under its address. */
export interface ImmutableFile {
  readonly url: string;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** Kept until the visitor clears the site's data: the addresses are immutable. */
const CACHE_NAME = 'deep-makeover-immutable';
/** For when the service cannot be reached. */
const LATEST_CACHE_NAME = 'deep-makeover-latest';

/** Fetches immutable files, each once, and adds up how far they are. */
export class Downloads {
  readonly #onProgress: (progress: DownloadProgress) => void;
  #loadedBytes = 0;
  #totalBytes = 0;
  #transferBytes = 0;

  constructor(onProgress: (progress: DownloadProgress) => void) {
    this.#onProgress = onProgress;
  }

  /**
   * The file's bytes, from the browser's cache or else from the service, checked against its hash.
   *
   * @throws Error when the service does not give the file, or gives another one
   */
  async get(file: ImmutableFile): Promise<Uint8Array<ArrayBuffer>> {
    const cache = await openCache(CACHE_NAME);
    const cached = await cache?.match(file.url);
    if (cached) return new Uint8Array(await cached.arrayBuffer());
    const bytes = await this.#fetch(file);
    await requireHash(bytes, file);
    // A full disk costs a download the next time, nothing now.
    await cache?.put(file.url, new Response(bytes)).catch(() => undefined);
    return bytes;
  }

  /**
   * A small file that may change under its address: from the service, or as it was the last time
   * where the service cannot be reached.
   *
   * @throws Error when it was never had
   */
  async latest(url: string): Promise<Response> {
    const cache = await openCache(LATEST_CACHE_NAME);
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) {
      await cache?.put(url, response.clone()).catch(() => undefined);
      return response;
    }
    const isAway = response === undefined || response.status >= 500;
    const last = isAway ? await cache?.match(url, { ignoreVary: true }) : undefined;
    if (last) return last;
    const answer = response ? `answered with status ${response.status}` : 'cannot be reached';
    throw new Error(`${url} cannot be had: the service ${answer}`);
  }

  async #fetch({ url, bytes: totalBytes }: ImmutableFile): Promise<Uint8Array<ArrayBuffer>> {
    this.#totalBytes += totalBytes;
    const response = await fetch(url);
    if (!response.ok || !response.body) {
      throw new Error(`${url} cannot be had: the service answered with status ${response.status}`);
    }
    this.#transferBytes += Number(response.headers.get('Content-Length') ?? 0);
    const bytes = new Uint8Array(totalBytes);
    let length = 0;
    const reader = response.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (length + part.value.length > totalBytes) {
        await reader.cancel();
        throw new Error(`${url} is longer than the ${totalBytes} bytes that it should have`);
      }
      bytes.set(part.value, length);
      length += part.value.length;
      this.#loadedBytes += part.value.length;
      this.#report();
    }
    if (length < totalBytes) {
      throw new Error(`${url} broke off after ${length} of ${totalBytes} bytes`);
    }
    return bytes;
  }

  #report(): void {
    this.#onProgress({
      loadedBytes: this.#loadedBytes,
      totalBytes: this.#totalBytes,
      transferBytes: this.#transferBytes || undefined,
    });
  }
}

/** Undefined where the browser keeps nothing for this page, as in some private windows. */
async function openCache(name: string): Promise<Cache | undefined> {
  return caches.open(name).catch(() => undefined);
}

async function requireHash(
  bytes: Uint8Array<ArrayBuffer>,
  { url, sha256 }: ImmutableFile,
): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (found !== sha256) {
    throw new Error(
      `${url} has SHA-256 ${found}, expected ${sha256}: it was changed or damaged on its way`,
    );
  }
}
