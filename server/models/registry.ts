import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelView } from '../../models/contract/api.ts';
import { type Manifest, parseManifest } from '../../models/contract/manifest.ts';
import { ConfigError } from '../config.ts';
import type { LoadReport, Provider } from '../photo/job.ts';
import { ProblemError } from '../problem.ts';

/** The highest published version of a model. */
export interface ModelEntry {
  readonly name: string;
  readonly version: number;
  readonly folder: string;
  /** Undefined when it cannot be read; `reason` then says why. */
  readonly manifest?: Manifest;
  /** Why the model cannot serve. */
  readonly reason?: string;
}

/**
 * Looks for `<name>/<version>/manifest.json`. Folders without a manifest are none of ours, or not
 * complete yet: publishing writes elsewhere and renames.
 *
 * @throws ConfigError when the repository cannot be read
 */
export async function scanRepository(repository: string): Promise<ModelEntry[]> {
  let names: string[];
  try {
    names = (await readdir(repository)).sort();
  } catch (error) {
    throw new ConfigError(
      `the model repository ${repository} cannot be read (${String(error)}): set DM_MODEL_REPO`,
    );
  }
  const entries: ModelEntry[] = [];
  for (const name of names) {
    const version = await highestVersion(join(repository, name));
    if (version !== undefined) entries.push(await readEntry(repository, name, version));
  }
  return entries;
}

async function highestVersion(folder: string): Promise<number | undefined> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => /^[1-9]\d*$/.test(name) && existsSync(join(folder, name, 'manifest.json')))
    .map(Number)
    .sort((a, b) => b - a)[0];
}

async function readEntry(repository: string, name: string, version: number): Promise<ModelEntry> {
  const folder = join(repository, name, String(version));
  try {
    const json: unknown = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    const manifest = parseManifest(json);
    if (manifest.name !== name || manifest.version !== version) {
      throw new Error(
        `the manifest is that of ${manifest.name}/${manifest.version}: a model's folder must be ` +
          'named <name>/<version>',
      );
    }
    return { name, version, folder, manifest };
  } catch (error) {
    return {
      name,
      version,
      folder,
      reason: error instanceof Error ? error.message : String(error),
    };
  }
}

/** What serves, and what does not and why. */
export class ModelRegistry {
  #entries: readonly ModelEntry[];
  #provider: Provider | undefined;
  #providerReason: string | undefined;

  constructor(entries: readonly ModelEntry[]) {
    this.#entries = entries;
  }

  /** Undefined until the workers have loaded the models. */
  get provider(): Provider | undefined {
    return this.#provider;
  }

  /** Why models do not run on CUDA, where that was wanted or tried. */
  get providerReason(): string | undefined {
    return this.#providerReason;
  }

  /** Folders of the models that are worth loading. */
  get folders(): string[] {
    return this.#entries.filter(({ reason }) => !reason).map(({ folder }) => folder);
  }

  /** Models that cannot serve. */
  get failed(): readonly ModelEntry[] {
    return this.#entries.filter(({ reason }) => reason !== undefined);
  }

  /** Generators that serve, as `name/version`. */
  get served(): string[] {
    if (this.#provider === undefined || !this.#hasDetector) return [];
    return this.#generators.filter(({ reason }) => !reason).map(versionOf);
  }

  get views(): ModelView[] {
    return this.#generators.map(({ name, version, manifest, reason }) => ({
      name,
      version,
      title: manifest?.title ?? name,
      state: reason === undefined ? 'active' : 'failed',
      provider: this.#provider ?? 'loading',
      ...(reason !== undefined && { reason }),
    }));
  }

  /** Takes over what the workers found. */
  record({ provider, providerReason, models }: LoadReport): void {
    const reasons = new Map(models.map(({ folder, reason }) => [folder, reason]));
    this.#entries = this.#entries.map((entry) => {
      const reason = reasons.get(entry.folder);
      return reason === undefined ? entry : { ...entry, reason };
    });
    this.#provider = provider;
    this.#providerReason = providerReason;
  }

  /**
   * The entry of a generator, whether it serves or not.
   *
   * @throws ProblemError BAD_PARAMETER or MODEL_NOT_FOUND
   */
  requireKnown(name: string | undefined): ModelEntry {
    const names = this.#generators.map((entry) => entry.name).join(', ') || 'no model';
    if (name === undefined) {
      throw new ProblemError('BAD_PARAMETER', `model is missing: choose one of ${names}`);
    }
    const entry = this.#generators.find((generator) => generator.name === name);
    if (entry === undefined) {
      throw new ProblemError('MODEL_NOT_FOUND', `there is no model "${name}": there is ${names}`);
    }
    return entry;
  }

  /**
   * The version of a generator that serves, as `name/version`.
   *
   * @throws ProblemError BAD_PARAMETER, MODEL_NOT_FOUND or MODEL_NOT_READY
   */
  requireServed(name: string | undefined): string {
    const entry = this.requireKnown(name);
    if (this.#provider === undefined) {
      throw new ProblemError('MODEL_NOT_READY', 'the models are being loaded: try again at once', {
        'Retry-After': '1',
      });
    }
    if (entry.reason !== undefined) {
      throw new ProblemError(
        'MODEL_NOT_READY',
        `the model ${entry.name} failed its checks (${entry.reason}): choose another one`,
      );
    }
    if (!this.#hasDetector) {
      const detector = this.#entries.find(({ manifest }) => manifest?.kind === 'face-detector');
      const reason = detector?.reason ?? 'the repository has none';
      throw new ProblemError('MODEL_NOT_READY', `there is no face detector to serve: ${reason}`);
    }
    return versionOf(entry);
  }

  get #generators(): readonly ModelEntry[] {
    return this.#entries.filter(({ manifest }) => manifest?.kind !== 'face-detector');
  }

  get #hasDetector(): boolean {
    return this.#entries.some(
      ({ manifest, reason }) => manifest?.kind === 'face-detector' && !reason,
    );
  }
}

function versionOf({ name, version }: ModelEntry): string {
  return `${name}/${version}`;
}
