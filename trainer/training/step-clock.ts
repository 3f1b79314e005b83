/** Mean times of steps between two lines of statistics. */
export class StepClock {
  #steps = 0;
  #stepMs = 0;
  #waitMs = 0;

  /** @param waitMs how much of the step was spent waiting for its batch */
  add(stepMs: number, waitMs: number): void {
    this.#steps++;
    this.#stepMs += stepMs;
    this.#waitMs += waitMs;
  }

  get stepMs(): number {
    return this.#stepMs / Math.max(1, this.#steps);
  }

  get waitMs(): number {
    return this.#waitMs / Math.max(1, this.#steps);
  }

  clear(): void {
    this.#steps = 0;
    this.#stepMs = 0;
    this.#waitMs = 0;
  }
}
