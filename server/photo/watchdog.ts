/** How long a process may work on one thing. */
export interface WatchLimits {
  /** In all. */
  readonly limitMs: number;
  /** Without a sign of life; undefined where the work gives none. */
  readonly silenceMs?: number;
}

/** Silence is counted in ticks, so that a pause of our own process counts as one of them. */
const TICKS_OF_SILENCE = 4;

/** Says once when work takes too long or its process has gone silent. */
export class Watchdog {
  readonly #timer: NodeJS.Timeout;
  readonly #ticker: NodeJS.Timeout | undefined;
  #silentTicks = 0;

  /** @param onHung gets the reason; not called after `stop` */
  constructor({ limitMs, silenceMs }: WatchLimits, onHung: (reason: string) => void) {
    const end = (reason: string) => {
      this.stop();
      onHung(reason);
    };
    this.#timer = setTimeout(() => end(`not done within ${limitMs} ms`), limitMs);
    if (silenceMs === undefined) return;
    this.#ticker = setInterval(() => {
      this.#silentTicks++;
      if (this.#silentTicks > TICKS_OF_SILENCE) end(`no sign of life for ${silenceMs} ms`);
    }, silenceMs / TICKS_OF_SILENCE);
  }

  /** The process has shown that it lives. */
  sign(): void {
    this.#silentTicks = 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#ticker);
  }
}
