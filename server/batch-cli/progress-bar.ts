import type { PhotoEvent } from './events.ts';
import type { TextSink } from './reporters.ts';

const REDRAW_MS = 100;
const BAR_WIDTH = 24;
/** Moves to the start of the line and empties it (ECMA-48, EL). */
const CLEAR_LINE = '\r\u001b[K';

/** One line of a terminal that shows how far a run is, how fast it goes and how long it will take. */
export class ProgressBar {
  readonly #output: TextSink;
  readonly #nowMs: () => number;
  #total: number | undefined;
  #done = 0;
  #failed = 0;
  /** Photos that were worked on; those done before take no time. */
  #worked = 0;
  #startMs = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;

  constructor(output: TextSink, nowMs = () => performance.now()) {
    this.#output = output;
    this.#nowMs = nowMs;
  }

  /** @param total undefined: the end is open */
  start(total: number | undefined): void {
    this.#total = total;
    this.#startMs = this.#nowMs();
    this.#draw();
  }

  count(state: PhotoEvent['state']): void {
    this.#done++;
    // Time that went into photos done before is no measure of the rest.
    if (state === 'skipped' && this.#worked === 0) this.#startMs = this.#nowMs();
    if (state !== 'skipped') this.#worked++;
    if (state === 'failed') this.#failed++;
    if (this.#nowMs() - this.#drawnMs >= REDRAW_MS) this.#draw();
  }

  /** Writes a line that stays. */
  printAbove(line: string): void {
    this.#output.write(`${CLEAR_LINE}${line}`);
    this.#draw();
  }

  clear(): void {
    this.#output.write(CLEAR_LINE);
  }

  #draw(): void {
    this.#drawnMs = this.#nowMs();
    // A line as wide as the terminal would wrap, and the next one would not replace it.
    // Terminals that do not know their width say 0.
    const width = (this.#output.columns || 80) - 1;
    this.#output.write(`${CLEAR_LINE}${this.#text().slice(0, width)}`);
  }

  #text(): string {
    const failed = this.#failed === 0 ? '' : `  ${this.#failed} failed`;
    const elapsedS = (this.#nowMs() - this.#startMs) / 1000;
    const rate = this.#worked === 0 || elapsedS === 0 ? undefined : this.#worked / elapsedS;
    const speed = rate === undefined ? '' : `  ${rate.toPrecision(2)}/s`;
    if (this.#total === undefined) return `${this.#done} photos${speed}${failed}`;
    const share = this.#total === 0 ? 1 : this.#done / this.#total;
    const filled = Math.round(share * BAR_WIDTH);
    const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`;
    const left = this.#total - this.#done;
    const eta = rate === undefined || left === 0 ? '' : `  ${describeSeconds(left / rate)} left`;
    return `${bar} ${this.#done}/${this.#total}${speed}${eta}${failed}`;
  }
}

function describeSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
