import { BUILD, FILES } from 'virtual:offline-files';

const FAMILY = 'deep-makeover-build';
/** Where `models/download.ts` keeps what is checked by its hash. */
const IMMUTABLE_CACHE = 'deep-makeover-immutable';

/**
 * The files of one build of the page. A cache holds one build and no other, so that a page never
 * gets a part that belongs to another version.
 */
export class BuildFiles {
  readonly #base: string;
  readonly #files = new Map(FILES.map((file) => [file.path, file]));

  /** @param base absolute address of the page's folder */
  constructor(base: string) {
    this.#base = base;
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /**
   * Fetches what every visit needs, each file checked against its hash.
   *
   * @throws Error when one cannot be had, or is of another build: nothing is installed then
   */
  async install(): Promise<void> {
    const cache = await caches.open(this.#cacheName);
    const needed = FILES.filter(({ isEager }) => isEager);
    await Promise.all(
      needed.map(async ({ path, sha256 }) => {
        // Names under assets/ change with their content: the browser's own cache may answer.
        const mode = path.startsWith('assets/') ? 'default' : 'no-cache';
        const response = await fetch(this.#url(path), { cache: mode });
        await requireHash(response.clone(), path, sha256);
        await cache.put(this.#url(path), response);
      }),
    );
  }

  /** A file of this build: from the cache, else from the service, and kept for the next time. */
  async get(path: string): Promise<Response> {
    const cached = await this.cached(path);
    if (cached) return cached;
    const response = await fetch(this.#url(path));
    // A full disk costs a download the next time, nothing now.
    if (response.ok) await this.#keep(path, response.clone()).catch(() => undefined);
    return response;
  }

  async cached(path: string): Promise<Response | undefined> {
    const cache = await caches.open(this.#cacheName);
    return cache.match(this.#url(path), { ignoreVary: true });
  }

  /** Removes what earlier builds of this page have left: their files, and their runtime's. */
  async removeOthers(): Promise<void> {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith(this.#family) && name !== this.#cacheName);
    await Promise.all(old.map((name) => caches.delete(name)));
    const immutable = await caches.open(IMMUTABLE_CACHE);
    const assets = this.#url('assets/');
    for (const { url } of await immutable.keys()) {
      const isOld = url.startsWith(assets) && !this.has(url.slice(this.#base.length));
      if (isOld) await immutable.delete(url);
    }
  }

  async #keep(path: string, response: Response): Promise<void> {
    // The page keeps the runtime itself, once it has checked it: twice would be too much.
    if (path.endsWith('.wasm')) return;
    const cache = await caches.open(this.#cacheName);
    await cache.put(this.#url(path), response);
  }

  #url(path: string): string {
    return new URL(path, this.#base).href;
  }

  /** Several services may share an origin, each below a path of its own. */
  get #family(): string {
    return `${FAMILY} ${this.#base} `;
  }

  get #cacheName(): string {
    return this.#family + BUILD;
  }
}

async function requireHash(response: Response, path: string, sha256: string): Promise<void> {
  if (!response.ok) throw new Error(`${path} cannot be had: status ${response.status}`);
  const digest = new Uint8Array(
    await crypto.subtle.digest('SHA-256', await response.arrayBuffer()),
  );
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (found !== sha256) throw new Error(`${path} has SHA-256 ${found}, this build has ${sha256}`);
}
