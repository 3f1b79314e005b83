import { ProblemError } from '../problem.ts';
import type { PublishedModel } from './published-model.ts';
import type { TaskQueue } from './task-queue.ts';
import type { VersionLoader } from './version-loader.ts';
import type { VersionSwitch } from './version-switch.ts';

export interface OperatorOptions {
  readonly loader: VersionLoader;
  readonly versions: VersionSwitch;
  readonly queue: TaskQueue;
  /** Gives every model its best version. */
  readonly settle: () => Promise<void>;
}

/** What an operator can decide about a model. */
export class ModelOperator {
  readonly #options: OperatorOptions;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  /**
   * Makes a version the active one and keeps it so; `latest` lets the newest sound version serve
   * again, now and in future.
   *
   * @throws ProblemError MODEL_NOT_FOUND or MODEL_NOT_READY
   */
  activate(model: PublishedModel, version: number | 'latest'): Promise<void> {
    return this.#options.queue.run(async () => {
      const { canary: _, ...channel } = model.channel;
      if (version === 'latest') {
        await this.#options.versions.save(model, { ...channel, isPinned: false });
        await this.#options.settle();
        return;
      }
      await this.#options.versions.switchTo(model, version, { ...channel, isPinned: true });
      await this.#options.loader.trim();
    });
  }

  /**
   * Ends the canary where there is one; else goes back to the version that served before.
   *
   * @throws ProblemError MODEL_NOT_FOUND or MODEL_NOT_READY
   */
  rollback(model: PublishedModel): Promise<void> {
    return this.#options.queue.run(async () => {
      const { canary, ...channel } = model.channel;
      if (canary !== undefined) {
        await this.#options.versions.save(model, channel);
        this.#options.versions.count(model, 'canary_stopped');
      } else {
        const { active = 0 } = model;
        const older = model.versions.filter((v) => v < active && model.isSound(v)).at(-1);
        const target = channel.previous ?? older;
        if (target === undefined) {
          throw new ProblemError(
            'MODEL_NOT_FOUND',
            `there is no version of ${model.name} to go back to: there is ${model.versions.join(', ')}`,
          );
        }
        await this.#options.versions.switchTo(model, target, { ...channel, isPinned: true });
      }
      await this.#options.loader.trim();
    });
  }

  /**
   * Gives a version a share of the photos; 0 percent ends that. The active version stays as it is.
   *
   * @throws ProblemError MODEL_NOT_FOUND, MODEL_NOT_READY or BAD_PARAMETER
   */
  startCanary(model: PublishedModel, version: number, percent: number): Promise<void> {
    return this.#options.queue.run(async () => {
      const { canary: _, stoppedCanary: __, ...channel } = model.channel;
      if (percent === 0) {
        await this.#options.versions.save(model, channel);
        this.#options.versions.count(model, 'canary_stopped');
        return;
      }
      const { active } = model;
      if (active === undefined || active === version || model.kind !== 'generator') {
        throw new ProblemError(
          'BAD_PARAMETER',
          active === version
            ? `version ${version} of ${model.name} is active already: activate another one first`
            : `${model.name} cannot have a canary: only a generator that serves can`,
        );
      }
      await this.#options.versions.requireLoaded(model, version);
      const canary = { version, percent };
      await this.#options.versions.save(model, { ...channel, active, isPinned: true, canary });
      this.#options.versions.count(model, 'canary_started');
      await this.#options.loader.trim();
    });
  }

  /** Takes a canary back because of what it did. */
  stopCanary(model: PublishedModel, version: number, reason: string): Promise<void> {
    return this.#options.queue.run(() => this.#options.versions.takeBack(model, version, reason));
  }
}
