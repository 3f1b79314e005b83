import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { ProblemError } from '../problem.ts';
import type { Channel, ChannelStore } from './channel.ts';
import type { PublishedModel } from './published-model.ts';
import type { ModelRegistry } from './registry.ts';
import type { VersionLoader } from './version-loader.ts';

export interface SwitchOptions {
  readonly registry: ModelRegistry;
  readonly loader: VersionLoader;
  readonly channels: ChannelStore;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'modelSwaps'>;
}

/** Lets another version of a model serve, and remembers it. */
export class VersionSwitch {
  readonly #options: SwitchOptions;

  constructor(options: SwitchOptions) {
    this.#options = options;
  }

  /**
   * Loads a version, keeps the choice, and lets the version serve.
   *
   * @throws ProblemError MODEL_NOT_FOUND or MODEL_NOT_READY; the version before then goes on
   */
  async switchTo(model: PublishedModel, version: number, channel: Channel): Promise<void> {
    await this.requireLoaded(model, version);
    const { active: before } = model;
    const previous = before === version ? channel.previous : before;
    await this.save(model, {
      ...channel,
      active: version,
      ...(previous !== undefined && { previous }),
    });
    if (before !== version) await this.serve(model, version);
  }

  /** Photos get this version from now on; all workers have it. */
  async serve(model: PublishedModel, version: number): Promise<void> {
    const before = model.active;
    model.active = version;
    if (model.kind === 'face-detector') await this.#options.loader.apply();
    this.count(model, 'activated');
    this.#options.logger.info({ model: model.id(version), before }, 'a version has become active');
  }

  /** Throws ProblemError MODEL_NOT_FOUND or MODEL_NOT_READY. */
  async requireLoaded(model: PublishedModel, version: number): Promise<void> {
    this.#options.registry.requireEntry(model.name, version);
    if (await this.#options.loader.load(model, version)) return;
    throw new ProblemError(
      'MODEL_NOT_READY',
      `${model.id(version)} failed its checks (${model.status(version).reason}): publish it again`,
    );
  }

  /** Keeps a choice beyond a restart. Throws ProblemError MODEL_NOT_READY when that cannot be. */
  async save(model: PublishedModel, channel: Channel): Promise<void> {
    try {
      await this.#options.channels.write(model.name, channel);
    } catch (error) {
      throw new ProblemError(
        'MODEL_NOT_READY',
        `the choice for ${model.name} cannot be kept (${String(error)}): see to DM_DATA_DIR`,
      );
    }
    model.channel = channel;
  }

  /** Like `save`, for what nobody asked for: that it cannot be kept is only logged. */
  async remember(model: PublishedModel, channel: Channel): Promise<void> {
    model.channel = channel;
    await this.save(model, channel).catch((error: unknown) => {
      this.#options.logger.error({ error: String(error) }, 'a channel cannot be written');
    });
  }

  /** Ends a canary because of what it did. */
  async takeBack(model: PublishedModel, version: number, reason: string): Promise<void> {
    const { canary, ...channel } = model.channel;
    if (canary?.version !== version) return;
    this.#options.logger.warn({ model: model.id(version), reason }, 'a canary is stopped');
    this.count(model, 'canary_stopped');
    const stoppedCanary = { version, reason, at: new Date().toISOString() };
    await this.remember(model, { ...channel, stoppedCanary });
  }

  /** Counts an event of a model's versions. */
  count({ name }: PublishedModel, result: string): void {
    this.#options.metrics.modelSwaps.inc({ name, result });
  }
}
