import { createHash } from 'node:crypto';
import type { FaceChange } from '../photo/face-change.ts';

/** What one photo told about the version that made it over. */
export interface PhotoSample {
  /** The service failed, not the photo. */
  readonly isError: boolean;
  /** Of the generator; undefined without a result. */
  readonly inferMsPerFace?: number;
  readonly change?: FaceChange;
}

export interface CanaryLimits {
  /** Photos of each version from which on they are compared. */
  readonly minPhotos: number;
  /** Largest difference between the versions' mean changes, in grey levels. */
  readonly maxDriftLevels: number;
}

/** Errors below this number may be chance. */
const MIN_ERRORS = 3;
/** How much larger the canary's share of errors may be. */
const MAX_EXTRA_ERRORS = 0.05;
/** A canary may be so many times as slow, and a little on top, which spares tiny models. */
const MAX_SLOWDOWN = 1.5;
const SLOWDOWN_MARGIN_MS = 5;
/** A difference of means must be so many times its standard error to count. */
const MIN_STANDARD_ERRORS = 3;
/** Photos remembered of each version. */
const WINDOW = 500;

/**
 * Whether a photo goes to the canary: always the same for the same photo, so that a client that
 * asks twice gets one answer.
 *
 * @param contentHash of the photo
 * @param percent share of the photos, 0 to 100
 */
export function isCanaryPhoto(contentHash: string, model: string, percent: number): boolean {
  const digest = createHash('sha256').update(`${model} ${contentHash}`).digest();
  return digest.readUInt32BE(0) / 2 ** 32 < percent / 100;
}

/** Compares a canary with the active version while both serve. */
export class CanaryWatch {
  readonly #limits: CanaryLimits;
  readonly #samples: Record<'active' | 'canary', PhotoSample[]> = { active: [], canary: [] };

  constructor(limits: CanaryLimits) {
    this.#limits = limits;
  }

  add(group: 'active' | 'canary', sample: PhotoSample): void {
    const samples = this.#samples[group];
    samples.push(sample);
    if (samples.length > WINDOW) samples.shift();
  }

  /** Largest difference of the mean changes, in grey levels; undefined with too few photos. */
  get driftLevels(): number | undefined {
    const differences = this.#differences();
    return differences && Math.max(0, ...differences.map(({ levels }) => levels));
  }

  /** Why the canary should be stopped; undefined as long as it should not. */
  verdict(): string | undefined {
    return this.#errorVerdict() ?? this.#latencyVerdict() ?? this.#driftVerdict();
  }

  #errorVerdict(): string | undefined {
    const { active, canary } = this.#samples;
    const errors = canary.filter(({ isError }) => isError).length;
    if (errors < MIN_ERRORS) return undefined;
    const share = errors / canary.length;
    const usual = shareOfErrors(active);
    if (share <= usual + MAX_EXTRA_ERRORS) return undefined;
    return `errors: ${formatShare(share)} of its photos failed, of the active version's ${formatShare(usual)}`;
  }

  #latencyVerdict(): string | undefined {
    const [active, canary] = [this.#samples.active, this.#samples.canary].map((samples) =>
      samples.flatMap(({ inferMsPerFace }) => inferMsPerFace ?? []),
    );
    if (!this.#areEnough(active, canary)) return undefined;
    const [usual, found] = [median(active ?? []), median(canary ?? [])];
    if (found <= MAX_SLOWDOWN * usual + SLOWDOWN_MARGIN_MS) return undefined;
    return `latency: ${found.toFixed(1)} ms a face, the active version takes ${usual.toFixed(1)} ms`;
  }

  #driftVerdict(): string | undefined {
    const { maxDriftLevels } = this.#limits;
    const found = this.#differences()?.find(
      ({ levels, standardError }) =>
        levels > maxDriftLevels && levels > MIN_STANDARD_ERRORS * standardError,
    );
    if (found === undefined) return undefined;
    return (
      `drift: its ${found.what} differs by ${found.levels.toFixed(1)} grey levels from the active ` +
      `version's, allowed are ${maxDriftLevels}`
    );
  }

  #differences() {
    const [active, canary] = [this.#samples.active, this.#samples.canary].map((samples) =>
      samples.flatMap(({ change }) => change ?? []),
    );
    if (active === undefined || canary === undefined) return undefined;
    if (!this.#areEnough(active, canary)) return undefined;
    return CHANGE_FIGURES.map(([what, figure]) => {
      const before = meanAndVariance(active.map(figure));
      const after = meanAndVariance(canary.map(figure));
      return {
        what,
        levels: Math.abs(after.mean - before.mean),
        // Welch's, of two samples whose variances differ.
        standardError: Math.sqrt(before.variance / active.length + after.variance / canary.length),
      };
    });
  }

  #areEnough(...lists: readonly (readonly unknown[] | undefined)[]): boolean {
    return lists.every((list) => (list?.length ?? 0) >= this.#limits.minPhotos);
  }
}

const CHANGE_FIGURES: readonly (readonly [string, (change: FaceChange) => number])[] = [
  ['mean size of change', ({ meanAbs }) => meanAbs],
  ['mean change of red', ({ mean }) => mean[0]],
  ['mean change of green', ({ mean }) => mean[1]],
  ['mean change of blue', ({ mean }) => mean[2]],
];

function shareOfErrors(samples: readonly PhotoSample[]): number {
  if (samples.length === 0) return 0;
  return samples.filter(({ isError }) => isError).length / samples.length;
}

function formatShare(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function meanAndVariance(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (values.length - 1) };
}
