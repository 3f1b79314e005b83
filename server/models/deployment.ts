import type { Logger } from '../logger.ts';
import type { ChannelStore } from './channel.ts';
import type { PublishedModel } from './published-model.ts';
import type { ModelRegistry } from './registry.ts';
import { type ModelEntry, scanRepository, versionId } from './repository.ts';
import type { TaskQueue } from './task-queue.ts';
import type { VersionLoader } from './version-loader.ts';
import type { VersionSwitch } from './version-switch.ts';

export interface DeploymentOptions {
  readonly repository: string;
  readonly registry: ModelRegistry;
  readonly loader: VersionLoader;
  readonly channels: ChannelStore;
  readonly logger: Logger;
  readonly versions: VersionSwitch;
  readonly queue: TaskQueue;
}

/**
 * Decides which version of each model serves: what an operator chose, or else the newest sound one.
 * Changes happen one after the other; a version becomes active only after all workers have it.
 */
export class ModelDeployment {
  readonly #options: DeploymentOptions;
  #timer: NodeJS.Timeout | undefined;
  #scanned: readonly ModelEntry[] = [];
  /** Faults that stand in the log already. */
  readonly #told = new Set<string>();

  constructor(options: DeploymentOptions) {
    this.#options = options;
  }

  /** Reads what operators decided in earlier runs. To be called before the workers start. */
  async readChannels(): Promise<void> {
    const { channels, registry, logger } = this.#options;
    for (const model of registry.models) {
      try {
        model.channel = await channels.read(model.name);
      } catch (error) {
        logger.error({ model: model.name, error: String(error) }, 'a channel cannot be read');
      }
    }
  }

  /** Sees to models whose best version failed at the start, and looks at the repository from then on. */
  async start(pollMs: number): Promise<void> {
    this.#scanned = this.#options.registry.entries;
    await this.#options.queue.run(() => this.settle());
    if (pollMs === 0) return;
    this.#timer = setInterval(() => void this.poll(), pollMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Looks at the repository now. What is wrong with it is logged once. */
  poll(): Promise<void> {
    return this.#options.queue.run(async () => {
      const { repository, registry, logger } = this.#options;
      try {
        this.#scanned = await scanRepository(repository, this.#scanned);
        this.#told.delete(repository);
        registry.replaceEntries(this.#scanned);
        for (const model of registry.models) await this.#adoptChannel(model);
        await this.settle();
      } catch (error) {
        this.#tellOnce(repository, () =>
          logger.error({ error: String(error) }, 'models cannot be looked after'),
        );
      }
    });
  }

  /** Loads a version that is asked for by its number. Returns whether it is sound. */
  ensureLoaded(model: PublishedModel, version: number): Promise<boolean> {
    return this.#options.queue.run(async () => {
      const isSound = await this.#options.loader.load(model, version);
      model.update(version, { lastUsedMs: performance.now() });
      await this.#options.loader.trim(model.id(version));
      return isSound;
    });
  }

  /** Every model gets its best version, as far as one is sound. To be called within the queue. */
  async settle(): Promise<void> {
    const { registry, loader } = this.#options;
    for (const model of registry.models) {
      this.#tellFaults(model);
      for (;;) {
        const [target] = model.candidates;
        if (target === undefined || (target === model.active && isCurrent(model, target))) break;
        if (await loader.load(model, target)) await this.#follow(model, target);
      }
      await this.#seeToOthers(model);
    }
    await loader.trim();
  }

  /** The canary, and the version to go back to. */
  async #seeToOthers(model: PublishedModel): Promise<void> {
    const { loader, versions } = this.#options;
    const { canary, previous } = model.channel;
    if (canary !== undefined && !(await loader.load(model, canary.version))) {
      const reason = model.status(canary.version).reason ?? 'its folder is gone';
      await versions.takeBack(model, canary.version, reason);
    }
    if (loader.keepsStandby && previous !== undefined && model.isSound(previous)) {
      await loader.load(model, previous);
    }
  }

  /** A version has become the best one by itself. */
  async #follow(model: PublishedModel, version: number): Promise<void> {
    if (version === model.active) return;
    const { active: before } = model;
    const { versions } = this.#options;
    await versions.serve(model, version);
    if (model.channel.isPinned || before === undefined) return;
    // It serves also where this cannot be kept: a restart finds the newest sound version again.
    await versions.remember(model, { ...model.channel, active: version, previous: before });
  }

  /** A model that was published for the first time may have been decided about before. */
  async #adoptChannel(model: PublishedModel): Promise<void> {
    if (model.active === undefined) model.channel = await this.#options.channels.read(model.name);
  }

  #tellFaults(model: PublishedModel): void {
    for (const version of model.versions) {
      const id = versionId({ name: model.name, version });
      const { reason, phase } = model.status(version);
      if (reason === undefined) this.#told.delete(id);
      else if (phase === 'failed') {
        this.#tellOnce(id, () =>
          this.#options.logger.error({ model: id, reason }, 'a version cannot serve'),
        );
      }
    }
  }

  #tellOnce(key: string, tell: () => void): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    tell();
  }
}

function isCurrent(model: PublishedModel, version: number): boolean {
  const { phase, isLoaded } = model.status(version);
  return phase === 'checked' && isLoaded;
}
