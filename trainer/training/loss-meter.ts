import type { StepLosses } from './trainee.ts';

/** Sums by the name of the loss; not every step has every loss. */
export type LossSums = Readonly<Record<string, { readonly sum: number; readonly count: number }>>;

/** Mean losses between two lines of statistics. */
export class LossMeter {
  #sums: LossSums;

  /** @param sums what had been added when a checkpoint was made */
  constructor(sums: LossSums = {}) {
    this.#sums = sums;
  }

  add(losses: ReadonlyMap<string, number>): void {
    const added = [...losses].map(([name, loss]) => {
      const { sum, count } = this.#sums[name] ?? { sum: 0, count: 0 };
      return [name, { sum: sum + loss, count: count + 1 }] as const;
    });
    this.#sums = { ...this.#sums, ...Object.fromEntries(added) };
  }

  get sums(): LossSums {
    return this.#sums;
  }

  get means(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.#sums).map(([name, { sum, count }]) => [name, sum / count]),
    );
  }

  clear(): void {
    this.#sums = {};
  }
}

/** Reads a step's losses and disposes of them. */
export function readLosses(losses: StepLosses): Map<string, number> {
  const values = new Map<string, number>();
  for (const [name, loss] of losses) {
    values.set(name, loss.dataSync()[0] as number);
    loss.dispose();
  }
  return values;
}
