export interface Figures {
  readonly photosPerS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Lets clients work, each with one photo after the other, and measures what they see. */
export async function measureLoad(
  makeOver: () => Promise<unknown>,
  clients: number,
  seconds: number,
): Promise<Figures> {
  const timesMs: number[] = [];
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  const client = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const sentMs = performance.now();
      await makeOver();
      timesMs.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const photosPerS = timesMs.length / ((performance.now() - startMs) / 1000);
  return { photosPerS, p50Ms: quantile(timesMs, 0.5), p99Ms: quantile(timesMs, 0.99) };
}

/** NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN;
}
