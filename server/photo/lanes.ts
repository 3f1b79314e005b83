/** Someone waits for an interactive photo; a batch's may take their time. */
export type Lane = 'interactive' | 'batch';

/** What waits for a worker: interactive before batch, within a lane first come, first served. */
export class Lanes<T extends { readonly lane: Lane }> {
  readonly #lanes: Readonly<Record<Lane, T[]>> = { interactive: [], batch: [] };

  /** Number of those that wait. */
  lengthOf(lane: Lane): number {
    return this.#lanes[lane].length;
  }

  push(item: T): void {
    this.#lanes[item.lane].push(item);
  }

  /** For one that had its turn and must have another. */
  pushFront(item: T): void {
    this.#lanes[item.lane].unshift(item);
  }

  /** The one whose turn it is; it goes on waiting. */
  get next(): T | undefined {
    return this.#lanes.interactive[0] ?? this.#lanes.batch[0];
  }

  remove(item: T): void {
    const lane = this.#lanes[item.lane];
    const index = lane.indexOf(item);
    if (index >= 0) lane.splice(index, 1);
  }

  /** Takes all out. */
  clear(): T[] {
    return [...this.#lanes.interactive.splice(0), ...this.#lanes.batch.splice(0)];
  }
}
