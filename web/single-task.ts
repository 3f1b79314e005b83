/** Runs one piece of work at a time: a new one stops the one before. */
export class SingleTask {
  #key: string | undefined;
  #controller = new AbortController();

  /** What is being worked on. */
  get key(): string | undefined {
    return this.#key;
  }

  /** Starts the work; `onEnd` is called unless it was stopped. Work must not reject. */
  start(key: string, work: (signal: AbortSignal) => Promise<void>, onEnd: () => void): void {
    this.stop();
    this.#key = key;
    const { signal } = this.#controller;
    void this.#run(signal, work, onEnd);
  }

  stop(): void {
    this.#controller.abort();
    this.#controller = new AbortController();
    this.#key = undefined;
  }
  async #run(
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<void>,
    onEnd: () => void,
  ): Promise<void> {
    await work(signal);
    if (signal.aborted) return;
    this.#key = undefined;
    onEnd();
  }
}
