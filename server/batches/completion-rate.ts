/** The last so many items tell the rate. */
const WINDOW = 32;

/** How fast items end at present. Moments are those of the journal, so that it outlives a restart. */
export class CompletionRate {
  /** The oldest first. */
  readonly #endedAtMs: number[] = [];

  /** An item has ended. */
  add(atMs: number): void {
    this.#endedAtMs.push(atMs);
    if (this.#endedAtMs.length > WINDOW) this.#endedAtMs.shift();
  }

  /** Items a second; it falls while none ends. Undefined before two have ended. */
  perS(nowMs: number): number | undefined {
    const [oldest] = this.#endedAtMs;
    if (oldest === undefined || this.#endedAtMs.length < 2) return undefined;
    return ((this.#endedAtMs.length - 1) * 1000) / Math.max(nowMs - oldest, 1);
  }
}
