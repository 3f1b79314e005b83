/**
 * `loading`: the workers have it next; `verifying`: its files and golden pairs are being checked;
 * `standby`: can be asked for by its number.
 */
export type ModelState = 'loading' | 'verifying' | 'active' | 'standby' | 'canary' | 'failed';

/** One version of a model in the list of models. */
export interface ModelVersionView {
  readonly version: number;
  readonly state: ModelState;
  /** Whether the workers have it in memory; else it is loaded when it is asked for. */
  readonly isLoaded: boolean;
  /** Why it cannot serve, or was taken back. */
  readonly reason?: string;
  /** Why another of its files serves than the one meant for this provider. */
  readonly note?: string;
}

/** The share of photos that a version gets which is being tried out. */
export interface CanaryView {
  readonly version: number;
  readonly percent: number;
}

/** A model, shown by the version that serves, or else by the one that should. */
export interface ModelView {
  readonly name: string;
  readonly version: number;
  readonly title: string;
  readonly state: ModelState;
  readonly provider: string;
  readonly reason?: string;
  readonly canary?: CanaryView;
  /** All published versions in rising order. */
  readonly versions: readonly ModelVersionView[];
}

/** Answer of GET /v1/models: the generators, and the detector that finds their faces. */
export interface ModelsView {
  readonly models: readonly ModelView[];
  readonly detector?: ModelView;
}

/** Answer of GET /v1/models/{name}. */
export interface ModelDetailView extends ModelView {
  readonly kind: 'generator' | 'face-detector' | 'unknown';
  /** The version that `rollback` goes back to. */
  readonly previous?: number;
  /** Whether an operator chose the version; else the newest sound one serves. */
  readonly isPinned: boolean;
}

export interface ModelFileView {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Where the file is served; its content never changes. */
  readonly url: string;
}

/** Answer of GET /v1/models/{name}/versions/{version}. */
export interface ModelVersionDetailView extends ModelVersionView {
  readonly name: string;
  readonly title: string;
  readonly provider: string;
  readonly kind: 'generator' | 'face-detector';
  readonly licence: string;
  readonly parameters: number;
  /** Billions of floating point operations for one input. */
  readonly gflop: number;
  readonly manifestUrl: string;
  readonly files: readonly ModelFileView[];
}
