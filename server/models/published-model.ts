import type { ModelState, ModelVersionView, ModelView } from '../../models/contract/api/models.ts';
import { type Channel, DEFAULT_CHANNEL } from './channel.ts';
import { type ModelEntry, versionId } from './repository.ts';

/** What is known of one version beside its files. */
export interface VersionStatus {
  /** `waiting`: not tried yet; `checked`: sound, whether loaded or not. */
  readonly phase: 'waiting' | 'loading' | 'verifying' | 'checked' | 'failed';
  /** Whether every worker has it in memory. */
  readonly isLoaded: boolean;
  /** Why it failed, or why it should not serve although it is loaded still. */
  readonly reason: string | undefined;
  /** Why another of its files serves than the one meant for the provider. */
  readonly note: string | undefined;
  /** When a photo last asked for it by number, by `performance.now()`. */
  readonly lastUsedMs: number;
}

interface Version {
  entry: ModelEntry;
  status: VersionStatus;
}

const WAITING: VersionStatus = {
  phase: 'waiting',
  isLoaded: false,
  reason: undefined,
  note: undefined,
  lastUsedMs: 0,
};

/** A model with all its published versions, and which of them serves. */
export class PublishedModel {
  readonly name: string;
  channel: Channel = DEFAULT_CHANNEL;
  /** The version that photos get; undefined before the first one has been loaded. */
  active: number | undefined;
  readonly #versions = new Map<number, Version>();

  constructor(name: string) {
    this.name = name;
  }

  /** Versions in rising order. */
  get versions(): number[] {
    return [...this.#versions.keys()].sort((a, b) => a - b);
  }

  get kind(): 'generator' | 'face-detector' | 'unknown' {
    const entries = [...this.#versions.values()].map(({ entry }) => entry);
    return entries.find(({ manifest }) => manifest)?.manifest?.kind ?? 'unknown';
  }

  entry(version: number | undefined): ModelEntry | undefined {
    return version === undefined ? undefined : this.#versions.get(version)?.entry;
  }

  status(version: number | undefined): VersionStatus {
    return (version === undefined ? undefined : this.#versions.get(version)?.status) ?? WAITING;
  }

  update(version: number, change: Partial<VersionStatus>): void {
    const found = this.#versions.get(version);
    if (found !== undefined) found.status = { ...found.status, ...change };
  }

  /** A version can be asked for by its number. */
  isSound(version: number): boolean {
    return this.#versions.has(version) && this.status(version).reason === undefined;
  }

  /**
   * Takes over what the repository holds now. A version whose folder changed is tried again; one
   * that has gone stays for as long as it is loaded.
   */
  replaceEntries(entries: readonly ModelEntry[]): void {
    for (const entry of entries) {
      const known = this.#versions.get(entry.version);
      if (known?.entry.fingerprint === entry.fingerprint) continue;
      const { reason } = entry;
      const phase = reason === undefined ? 'waiting' : 'failed';
      const status: VersionStatus = { ...(known?.status ?? WAITING), phase, reason };
      // What is loaded goes on under the manifest that it came with.
      const manifest = entry.manifest ?? known?.entry.manifest;
      this.#versions.set(entry.version, {
        entry: { ...entry, ...(manifest && { manifest }) },
        status,
      });
    }
    const present = new Set(entries.map(({ version }) => version));
    for (const [version, known] of this.#versions) {
      if (present.has(version)) continue;
      if (!known.status.isLoaded) {
        this.#versions.delete(version);
        continue;
      }
      const reason = 'its folder is gone from the repository: publish it again';
      known.entry = { ...known.entry, fingerprint: '' };
      known.status = { ...known.status, phase: 'failed', reason };
    }
  }

  /** Versions that may become active, the best one first; those that have failed come not at all. */
  get candidates(): number[] {
    const sound = this.versions.filter((version) => this.isSound(version)).toReversed();
    const { active, previous, isPinned } = this.channel;
    const wanted = isPinned ? [active, previous].filter((v) => v !== undefined) : [];
    return [...new Set([...wanted.filter((version) => sound.includes(version)), ...sound])];
  }

  view(provider: string): ModelView {
    const { canary } = this.channel;
    const shown = this.active ?? this.candidates[0] ?? this.versions.at(-1) ?? 0;
    const versions = this.versions.map((version) => this.viewVersion(version));
    const { state, reason } = this.viewVersion(shown);
    return {
      name: this.name,
      version: shown,
      title: this.entry(shown)?.manifest?.title ?? this.name,
      state,
      provider,
      ...(reason !== undefined && { reason }),
      ...(canary !== undefined && { canary }),
      versions,
    };
  }

  viewVersion(version: number): ModelVersionView {
    const { isLoaded, reason, note } = this.status(version);
    const stopped = this.channel.stoppedCanary;
    const told =
      reason ??
      (stopped?.version === version && version !== this.active ? stopped.reason : undefined);
    return {
      version,
      state: this.#state(version),
      isLoaded,
      ...(told !== undefined && { reason: told }),
      ...(note !== undefined && { note }),
    };
  }

  #state(version: number): ModelState {
    const { phase, isLoaded } = this.status(version);
    if (version === this.active) return 'active';
    if (phase === 'loading' || phase === 'verifying') return phase;
    if (phase === 'failed') return 'failed';
    if (this.active === undefined && version === this.candidates[0]) return 'loading';
    return isLoaded && version === this.channel.canary?.version ? 'canary' : 'standby';
  }

  /** `name/version` of a version of this model. */
  id(version: number): string {
    return versionId({ name: this.name, version });
  }
}
