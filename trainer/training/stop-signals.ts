import type { Reporter } from '../reporter.ts';

/**
 * A terminal sends SIGINT to npm and to the trainer, and npm passes its own on: within this time a
 * second signal is the same Ctrl+C.
 */
const SAME_SIGNAL_MS = 1000;

/** Aborts at the first SIGINT or SIGTERM; a second one ends the process at once. */
export class StopSignals {
  readonly #abort = new AbortController();
  readonly #reporter: Reporter;
  readonly #listener = (): void => this.#stop();

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
    process.on('SIGINT', this.#listener).on('SIGTERM', this.#listener);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Gives the signals their usual effect back. */
  release(): void {
    process.off('SIGINT', this.#listener).off('SIGTERM', this.#listener);
  }

  #stop(): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    this.#reporter.note('stopping after this step; press Ctrl+C again to stop without saving');
    setTimeout(() => this.release(), SAME_SIGNAL_MS).unref();
  }
}
