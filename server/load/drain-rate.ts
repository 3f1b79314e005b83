/** What was measured counts the less the longer ago it was: by 1/e after this time. */
const MEMORY_MS = 15_000;

/**
 * How fast photos leave while others wait. Time in which a worker is idle does not count: then as
 * many leave as come, which says nothing about how many could.
 */
export class DrainRate {
  readonly #workers: number;
  readonly #nowMs: () => number;
  /** Photos waiting or in work. */
  #photos = 0;
  #countedToMs = 0;
  /** All three fade with the time in which photos wait. */
  #busyMs = 0;
  #leftFill = 0;
  #left = 0;

  constructor(workers: number, nowMs: () => number) {
    this.#workers = workers;
    this.#nowMs = nowMs;
  }

  enter(): void {
    this.#count();
    this.#photos++;
  }

  /** @param fill share of the capacity that the photo had */
  leave(fill: number): void {
    this.#count();
    if (this.#photos > this.#workers) {
      this.#leftFill += fill;
      this.#left++;
    }
    this.#photos--;
  }

  /** Share of the capacity that leaves each millisecond; undefined before it was ever measured. */
  get perMs(): number | undefined {
    this.#count();
    return this.#left === 0 ? undefined : this.#leftFill / Math.max(this.#busyMs, 1);
  }

  /** Mean share of the photos that left last; undefined before there was any. */
  get meanFill(): number | undefined {
    return this.#left === 0 ? undefined : this.#leftFill / this.#left;
  }

  #count(): void {
    const nowMs = this.#nowMs();
    const passedMs = nowMs - this.#countedToMs;
    this.#countedToMs = nowMs;
    if (this.#photos <= this.#workers) return;
    const kept = Math.exp(-passedMs / MEMORY_MS);
    this.#busyMs = this.#busyMs * kept + passedMs;
    this.#leftFill *= kept;
    this.#left *= kept;
  }
}
