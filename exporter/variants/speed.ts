import type { ModelRunner, TensorMap } from '../../models/contract/tensor.ts';

export interface SpeedRatio {
  /** Median time of one run of the variant. */
  readonly medianMs: number;
  /** The same of the reference. */
  readonly referenceMs: number;
  /** Median over the pairs of the reference's time divided by the variant's. */
  readonly ratio: number;
}

/** Runs of each model before the clock counts. */
const WARM_UP_RUNS = 3;

/**
 * Times a variant against its reference in turn, so that whatever else the machine does slows both
 * alike.
 *
 * @param pairs runs of each, at least one
 */
export async function measureSpeed(
  variant: ModelRunner,
  reference: ModelRunner,
  feeds: TensorMap,
  pairs: number,
): Promise<SpeedRatio> {
  for (let i = 0; i < WARM_UP_RUNS; i++) {
    await reference.run(feeds);
    await variant.run(feeds);
  }
  const times: number[] = [];
  const referenceTimes: number[] = [];
  const ratios: number[] = [];
  for (let i = 0; i < pairs; i++) {
    // The order changes from pair to pair: neither is always the one that finds a cold cache.
    const isVariantFirst = i % 2 === 0;
    const [first, second] = isVariantFirst ? [variant, reference] : [reference, variant];
    const firstMs = await time(first, feeds);
    const secondMs = await time(second, feeds);
    const [variantMs, referenceMs] = isVariantFirst ? [firstMs, secondMs] : [secondMs, firstMs];
    times.push(variantMs);
    referenceTimes.push(referenceMs);
    ratios.push(referenceMs / variantMs);
  }
  return { medianMs: median(times), referenceMs: median(referenceTimes), ratio: median(ratios) };
}

async function time(runner: ModelRunner, feeds: TensorMap): Promise<number> {
  const start = performance.now();
  await runner.run(feeds);
  return performance.now() - start;
}

/** The middle value; of an even count, the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(
    Math.ceil(middle) - 1,
    Math.floor(middle) + 1,
  );
  return (low + high) / 2;
}
