/** Counts the photos that each version is at work on, so that none loses its model. */
export class VersionLeases {
  readonly #counts = new Map<string, number>();

  /** A photo goes to a version. Returns what ends that; to be called once. */
  take(id: string): () => void {
    this.#counts.set(id, this.count(id) + 1);
    return () => {
      const left = this.count(id) - 1;
      if (left > 0) this.#counts.set(id, left);
      else this.#counts.delete(id);
    };
  }

  count(id: string): number {
    return this.#counts.get(id) ?? 0;
  }
}
