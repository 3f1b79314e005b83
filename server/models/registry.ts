import type { ModelView } from '../../models/contract/api/models.ts';
import type { LoadReport, Provider } from '../photo/job.ts';
import { ProblemError } from '../problem.ts';
import { PublishedModel } from './published-model.ts';
import { type ModelEntry, versionId } from './repository.ts';

/** A version that cannot serve, and why. */
export interface FailedVersion {
  readonly name: string;
  readonly version: number;
  readonly reason: string;
}

/** What is published, what of it serves, and what does not and why. */
export class ModelRegistry {
  readonly #models = new Map<string, PublishedModel>();
  #provider: Provider | undefined;
  #providerReason: string | undefined;

  constructor(entries: readonly ModelEntry[]) {
    this.replaceEntries(entries);
  }

  /** Undefined until the workers have loaded the models. */
  get provider(): Provider | undefined {
    return this.#provider;
  }

  /** Why models do not run on CUDA, where that was wanted or tried. */
  get providerReason(): string | undefined {
    return this.#providerReason;
  }

  get models(): PublishedModel[] {
    return [...this.#models.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get entries(): ModelEntry[] {
    return this.models.flatMap((model) =>
      model.versions.flatMap((version) => model.entry(version) ?? []),
    );
  }

  /** Folders of the versions that should serve: of each model the best one. */
  get folders(): string[] {
    return this.models.flatMap((model) => model.entry(model.candidates[0])?.folder ?? []);
  }

  /** Versions that cannot serve. */
  get failed(): FailedVersion[] {
    return this.models.flatMap((model) =>
      model.versions.flatMap((version) => {
        const { reason } = model.status(version);
        return reason === undefined ? [] : { name: model.name, version, reason };
      }),
    );
  }

  /** Generators that serve, as `name/version`. */
  get served(): string[] {
    if (this.#provider === undefined || this.detector?.active === undefined) return [];
    return this.#generators.flatMap(({ name, active }) =>
      active === undefined ? [] : versionId({ name, version: active }),
    );
  }

  get views(): ModelView[] {
    return this.#generators.map((model) => model.view(this.#provider ?? 'loading'));
  }

  /** The model that finds faces. */
  get detector(): PublishedModel | undefined {
    return this.models.find(({ kind }) => kind === 'face-detector');
  }

  /** Takes over what the repository holds now. */
  replaceEntries(entries: readonly ModelEntry[]): void {
    const names = new Set([...entries.map(({ name }) => name), ...this.#models.keys()]);
    for (const name of names) {
      const model = this.#models.get(name) ?? new PublishedModel(name);
      this.#models.set(name, model);
      model.replaceEntries(entries.filter((entry) => entry.name === name));
      if (model.versions.length === 0) this.#models.delete(name);
    }
  }

  /** Takes over what workers found that loaded `folders`: what is sound serves from now on. */
  record({ provider, providerReason, models }: LoadReport): void {
    this.#provider = provider;
    this.#providerReason = providerReason;
    const reports = new Map(models.map((report) => [report.folder, report]));
    for (const { name, version, folder } of this.entries) {
      const report = reports.get(folder);
      const model = this.#models.get(name);
      if (report === undefined || model === undefined) continue;
      if (report.reason !== undefined) {
        model.update(version, { phase: 'failed', reason: report.reason });
        continue;
      }
      model.update(version, { phase: 'checked', isLoaded: true, note: report.note });
      model.active = version;
    }
  }

  /** A model by its name, of whatever kind. Throws ProblemError MODEL_NOT_FOUND. */
  requireModel(name: string): PublishedModel {
    const model = this.#models.get(name);
    if (model !== undefined) return model;
    const names = this.models.map((known) => known.name).join(', ') || 'no model';
    throw new ProblemError('MODEL_NOT_FOUND', `there is no model "${name}": there is ${names}`);
  }

  /** A version's entry, of whatever kind and state. Throws ProblemError MODEL_NOT_FOUND. */
  requireEntry(name: string, version: number): ModelEntry {
    const model = this.requireModel(name);
    const entry = model.entry(version);
    if (entry !== undefined) return entry;
    throw new ProblemError(
      'MODEL_NOT_FOUND',
      `there is no version ${version} of ${name}: there is ${model.versions.join(', ')}`,
    );
  }

  /**
   * A generator, whether it serves or not.
   *
   * @throws ProblemError BAD_PARAMETER or MODEL_NOT_FOUND
   */
  requireKnown(name: string | undefined): PublishedModel {
    const names = this.#generators.map((model) => model.name).join(', ') || 'no model';
    if (name === undefined) {
      throw new ProblemError('BAD_PARAMETER', `model is missing: choose one of ${names}`);
    }
    const model = this.#generators.find((generator) => generator.name === name);
    if (model === undefined) {
      throw new ProblemError('MODEL_NOT_FOUND', `there is no model "${name}": there is ${names}`);
    }
    return model;
  }

  /**
   * The version of a generator that serves, as `name/version`.
   *
   * @throws ProblemError BAD_PARAMETER, MODEL_NOT_FOUND or MODEL_NOT_READY
   */
  requireServed(name: string | undefined): string {
    const model = this.requireKnown(name);
    if (this.#provider === undefined) {
      throw new ProblemError('MODEL_NOT_READY', 'the models are being loaded: try again at once', {
        'Retry-After': '1',
      });
    }
    this.requireDetector();
    if (model.active !== undefined) return model.id(model.active);
    const { reason } = model.status(model.versions.at(-1));
    throw new ProblemError(
      'MODEL_NOT_READY',
      reason === undefined
        ? `the model ${model.name} is being loaded: try again soon`
        : `the model ${model.name} failed its checks (${reason}): choose another one`,
      reason === undefined ? { 'Retry-After': '2' } : {},
    );
  }

  /** Throws ProblemError MODEL_NOT_READY where no detector serves. */
  requireDetector(): void {
    const { detector } = this;
    if (detector?.active !== undefined) return;
    const reason = detector?.status(detector.versions.at(-1)).reason ?? 'the repository has none';
    throw new ProblemError('MODEL_NOT_READY', `there is no face detector to serve: ${reason}`);
  }

  get #generators(): PublishedModel[] {
    return this.models.filter(({ kind }) => kind !== 'face-detector');
  }
}
