import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { HeldFolders, ModelRollout } from '../photo/model-rollout.ts';
import { readVerifiedFile } from './file-store.ts';
import type { VersionLeases } from './leases.ts';
import type { PublishedModel } from './published-model.ts';
import type { ModelRegistry } from './registry.ts';

export interface LoaderOptions {
  readonly registry: ModelRegistry;
  readonly rollout: ModelRollout;
  readonly leases: VersionLeases;
  /** Versions of each model that stay in memory beside those that serve. */
  readonly standbyVersions: number;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'modelSwaps' | 'modelSwapDuration' | 'modelInfo'>;
}

/** Brings versions into the workers' memory and out of it again. One call at a time. */
export class VersionLoader {
  readonly #options: LoaderOptions;
  /** Folders that a worker loads which starts now. */
  #starting = '';

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /**
   * Has all workers load a version: hashes, then golden pairs and a warm-up in each of them.
   *
   * @returns whether it is sound; why it is not stands in its status
   */
  async load(model: PublishedModel, version: number): Promise<boolean> {
    const { phase, isLoaded } = model.status(version);
    if (phase === 'checked' && isLoaded) return true;
    const { metrics, logger } = this.#options;
    const endTimer = metrics.modelSwapDuration.startTimer();
    try {
      const note = await this.#check(model, version);
      model.update(version, { phase: 'checked', isLoaded: true, reason: undefined, note });
      endTimer();
      if (note !== undefined) logger.warn({ model: model.id(version), note }, 'a model falls back');
      this.showInfo();
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      model.update(version, { phase: 'failed', reason });
      metrics.modelSwaps.inc({ name: model.name, result: 'failed' });
      logger.error({ model: model.id(version), reason }, 'a model failed its checks');
      return false;
    }
  }

  /** Workers hold what is marked as loaded, the serving detector first. */
  async apply(): Promise<void> {
    const held = this.#held();
    await this.#options.rollout.apply(held);
    this.#starting = held.starting.join();
    this.showInfo();
  }

  /** Whether a version that does not serve stays in memory. */
  get keepsStandby(): boolean {
    return this.#options.standbyVersions > 0;
  }

  /** Releases versions that neither serve nor are worth keeping, unless a photo is at work on one. */
  async trim(spared?: string): Promise<void> {
    const { registry, leases } = this.#options;
    for (const model of registry.models) {
      const kept = this.#keptVersions(model);
      for (const version of model.versions) {
        const id = model.id(version);
        if (!model.status(version).isLoaded || kept.has(version) || id === spared) continue;
        if (leases.count(id) > 0) continue;
        // From here on whoever asks for it waits until it is loaded again.
        model.update(version, { isLoaded: false });
      }
    }
    // Also where a folder can no longer be loaded: a worker must not fail to start for that.
    if (this.#held().starting.join() !== this.#starting) await this.apply();
  }

  /** Sets the metric of versions that can be asked for. */
  showInfo(): void {
    const { registry, metrics } = this.#options;
    metrics.modelInfo.reset();
    for (const { name, version, manifest } of registry.entries) {
      if (!registry.requireModel(name).status(version).isLoaded) continue;
      const sha256 = manifest?.files[0]?.sha256 ?? '';
      const labels = { name, version: String(version), ep: registry.provider ?? '', sha256 };
      metrics.modelInfo.set(labels, 1);
    }
  }

  async #check(model: PublishedModel, version: number): Promise<string | undefined> {
    const entry = model.entry(version);
    if (entry?.manifest === undefined) throw new Error(entry?.reason ?? 'its folder is gone');
    model.update(version, { phase: 'loading' });
    for (const file of entry.manifest.files) await readVerifiedFile(entry.folder, file);
    model.update(version, { phase: 'verifying' });
    const held = this.#held();
    const add = (folders: readonly string[]) => [...new Set([...folders, entry.folder])];
    const next = { running: add(held.running), starting: add(held.starting) };
    const report = await this.#options.rollout.apply(next, entry.folder);
    this.#starting = next.starting.join();
    return report?.note;
  }

  #held(): HeldFolders {
    const { registry } = this.#options;
    const { detector } = registry;
    const active = detector?.entry(detector.active)?.folder;
    const loaded = registry.models.flatMap((model) =>
      model.versions.flatMap((version) => {
        const { isLoaded, reason } = model.status(version);
        const folder = model.entry(version)?.folder;
        return isLoaded && folder !== undefined ? { folder, canStart: reason === undefined } : [];
      }),
    );
    const ordered = [
      ...loaded.filter(({ folder }) => folder === active),
      ...loaded.filter(({ folder }) => folder !== active),
    ];
    return {
      running: ordered.map(({ folder }) => folder),
      starting: ordered.flatMap(({ folder, canStart }) => (canStart ? folder : [])),
    };
  }

  #keptVersions(model: PublishedModel): Set<number> {
    const { previous, canary } = model.channel;
    const serving = [model.active, canary?.version].filter((version) => version !== undefined);
    const others = model.versions
      .filter((version) => model.status(version).isLoaded && !serving.includes(version))
      .toSorted((a, b) => model.status(b).lastUsedMs - model.status(a).lastUsedMs);
    const standbys = [
      ...others.filter((version) => version === previous),
      ...others.filter((version) => version !== previous),
    ];
    return new Set([...serving, ...standbys.slice(0, this.#options.standbyVersions)]);
  }
}
