import type { InfoView } from '../../models/contract/api/service.ts';

const CACHE_NAME = 'deep-makeover-answers';
const MODELS = 'v1/models';
const INFO = 'v1/info';

/** What the service says about itself: asked for each time, and remembered for when it is away. */
export class Answers {
  readonly #base: string;

  /** @param base absolute address that the service's own addresses are relative to */
  constructor(base: string) {
    this.#base = base;
  }

  has(path: string): boolean {
    return path === MODELS || path === INFO;
  }

  /** Remembers what a page that was opened before this worker ran has asked for. */
  async refresh(): Promise<void> {
    await Promise.all([this.#ask(MODELS), this.#ask(INFO)]);
  }

  /**
   * The service's answer, or the last one when it cannot be reached.
   *
   * @throws TypeError when it cannot be reached and never was
   */
  async get(path: string): Promise<Response> {
    try {
      return await this.#ask(path);
    } catch (error) {
      const cache = await caches.open(CACHE_NAME);
      const last = await cache.match(this.#url(path), { ignoreVary: true });
      if (!last) throw error;
      return path === INFO ? awayInfo((await last.json()) as InfoView) : last;
    }
  }

  async #ask(path: string): Promise<Response> {
    const response = await fetch(this.#url(path));
    if (response.ok) {
      const cache = await caches.open(CACHE_NAME);
      await cache.put(this.#url(path), response.clone());
    }
    return response;
  }

  #url(path: string): string {
    return new URL(path, this.#base).href;
  }
}

/** The limits hold for this device too; that the service serves would not be true. */
function awayInfo(last: InfoView): Response {
  const info: InfoView = { ...last, state: 'not ready', queue: 'full' };
  return Response.json(info);
}
