/** Milliseconds of one stage after the other. */
export class Stopwatch {
  readonly #timingsMs: Record<string, number> = {};
  readonly #onStage: () => void;
  #stage: string;
  #startMs = performance.now();

  /** @param onStage called when a stage begins, but for the first */
  constructor(firstStage: string, onStage: () => void) {
    this.#stage = firstStage;
    this.#onStage = onStage;
  }

  /** Ends the stage in progress and begins the next. */
  enter(stage: string): void {
    const nowMs = performance.now();
    this.#timingsMs[this.#stage] = nowMs - this.#startMs;
    this.#startMs = nowMs;
    this.#stage = stage;
    this.#onStage();
  }

  /** Ends the last stage and gives all, in their order. */
  stop(): Readonly<Record<string, number>> {
    this.#timingsMs[this.#stage] = performance.now() - this.#startMs;
    return this.#timingsMs;
  }
}
