import type { Metrics } from '../metrics.ts';
import type { FaceChange } from '../photo/face-change.ts';
import { ProblemError } from '../problem.ts';
import { type CanaryLimits, CanaryWatch, isCanaryPhoto, type PhotoSample } from './canary.ts';
import type { ModelDeployment } from './deployment.ts';
import type { VersionLeases } from './leases.ts';
import type { ModelOperator } from './operator.ts';
import type { PublishedModel } from './published-model.ts';
import type { ModelRegistry } from './registry.ts';

export interface ServingOptions {
  readonly registry: ModelRegistry;
  readonly deployment: ModelDeployment;
  readonly operator: ModelOperator;
  readonly leases: VersionLeases;
  readonly canary: CanaryLimits;
  readonly metrics: Pick<Metrics, 'outputDrift'>;
}

/** What a request says about the model that it wants. */
export interface ModelWish {
  readonly model: string | undefined;
  /** Undefined: the one that serves. */
  readonly version: number | undefined;
  /** Hash of the photo, by which it goes to a canary or not. */
  readonly contentHash: string;
  /** Whether the client has gone, so that a failure says nothing about the model. */
  readonly hasLeft: () => boolean;
}

/** The part of a result that tells about the model. */
export interface ServedResult {
  readonly faces: readonly unknown[];
  readonly timingsMs: Readonly<Record<string, number>>;
  readonly change: FaceChange;
}

/** The version that a photo gets. */
export interface ModelUse {
  /** `name/version`. */
  readonly modelVersion: string;
  /** Passes a result on; where a canary runs, it is compared by it. */
  readonly observe: <T extends ServedResult>(work: Promise<T>) => Promise<T>;
}

interface Choice {
  readonly model: PublishedModel;
  readonly version: number;
  /** Where a canary is compared with the active version: whose photo this is. */
  readonly group: 'active' | 'canary' | undefined;
}

/** What went wrong is not the photo's fault. */
const SERVICE_ERRORS = ['INTERNAL', 'WORKER_FAILED', 'DEADLINE_EXCEEDED', 'PHOTO_QUARANTINED'];

/** Finds the version for each photo, keeps it loaded for as long, and watches canaries. */
export class ModelServing {
  readonly #options: ServingOptions;
  /** By the two versions that are compared. */
  readonly #watches = new Map<string, { readonly key: string; readonly watch: CanaryWatch }>();

  constructor(options: ServingOptions) {
    this.#options = options;
  }

  /**
   * Answers a photo with the version that it should get.
   *
   * @param answer the version stays loaded until it is done
   * @throws ProblemError BAD_PARAMETER, MODEL_NOT_FOUND or MODEL_NOT_READY, and what `answer` throws
   */
  async serve(wish: ModelWish, answer: (use: ModelUse) => Promise<void>): Promise<void> {
    const choice = await this.#choose(wish);
    const modelVersion = choice.model.id(choice.version);
    const endLease = this.#options.leases.take(modelVersion);
    try {
      const observe = <T extends ServedResult>(work: Promise<T>) => this.#watch(wish, choice, work);
      await answer({ modelVersion, observe });
    } finally {
      endLease();
    }
  }

  async #watch<T extends ServedResult>(
    { hasLeft }: ModelWish,
    choice: Choice,
    work: Promise<T>,
  ): Promise<T> {
    try {
      const result = await work;
      const { faces, timingsMs, change } = result;
      const inferMsPerFace = (timingsMs['infer'] ?? 0) / Math.max(1, faces.length);
      this.#observe(choice, { isError: false, inferMsPerFace, change });
      return result;
    } catch (error) {
      const isError = error instanceof ProblemError ? SERVICE_ERRORS.includes(error.code) : true;
      if (isError && !hasLeft()) this.#observe(choice, { isError });
      throw error;
    }
  }

  async #choose({ model: name, version, contentHash }: ModelWish): Promise<Choice> {
    const model = this.#options.registry.requireKnown(name);
    if (version !== undefined) return this.#chooseByNumber(model, version);
    this.#options.registry.requireServed(name);
    const { active = 0, channel } = model;
    const { canary } = channel;
    if (canary === undefined || !model.status(canary.version).isLoaded) {
      return { model, version: active, group: undefined };
    }
    return isCanaryPhoto(contentHash, model.name, canary.percent)
      ? { model, version: canary.version, group: 'canary' }
      : { model, version: active, group: 'active' };
  }

  async #chooseByNumber(model: PublishedModel, version: number): Promise<Choice> {
    const { registry, deployment } = this.#options;
    registry.requireEntry(model.name, version);
    registry.requireDetector();
    while (!model.status(version).isLoaded) {
      const { reason } = model.status(version);
      if (reason !== undefined) throw notReady(model, version, reason);
      if (await deployment.ensureLoaded(model, version)) continue;
      throw notReady(model, version, model.status(version).reason ?? 'it is gone');
    }
    model.update(version, { lastUsedMs: performance.now() });
    return { model, version, group: undefined };
  }

  #observe({ model, version, group }: Choice, sample: PhotoSample): void {
    const { canary } = model.channel;
    if (group === undefined || canary === undefined || model.active === undefined) return;
    const compared = group === 'canary' ? canary.version : model.active;
    // A photo of before the last change says nothing about these two.
    if (compared !== version) return;
    const key = `${model.active} ${canary.version}`;
    const known = this.#watches.get(model.name);
    const watch = known?.key === key ? known.watch : new CanaryWatch(this.#options.canary);
    this.#watches.set(model.name, { key, watch });
    watch.add(group, sample);
    const drift = watch.driftLevels;
    const labels = { name: model.name, version: String(canary.version) };
    if (drift !== undefined) this.#options.metrics.outputDrift.set(labels, drift);
    const reason = watch.verdict();
    if (reason === undefined) return;
    this.#watches.delete(model.name);
    void this.#options.operator.stopCanary(model, canary.version, reason);
  }
}

function notReady(model: PublishedModel, version: number, reason: string): ProblemError {
  const sound = model.versions.filter((other) => other !== version && model.isSound(other));
  return new ProblemError(
    'MODEL_NOT_READY',
    `${model.id(version)} cannot serve (${reason}): there is ${sound.join(', ') || 'no other version'}`,
  );
}
