import type { ModelView } from './models.ts';

/** How a service is doing as a whole. */
export type ServiceState = 'starting' | 'ready' | 'not ready' | 'draining';

/** Answer of GET /healthz on the public port, and of GET /livez and /startupz on the operator's. */
export interface HealthView {
  readonly status: ServiceState | 'alive' | 'started';
}

/** A version that cannot serve, and why. */
export interface FailedModelView {
  readonly name: string;
  readonly version: number;
  readonly reason: string;
}

/** Answer of GET /readyz on the operator's port. */
export interface ReadinessView {
  readonly status: ServiceState;
  /** What keeps the service from being ready; empty when nothing does. */
  readonly reasons: readonly string[];
  readonly provider: string;
  /** Photo workers that run, and those whose models have answered lately. */
  readonly workers: { readonly wanted: number; readonly answering: number };
  /** Generators that serve, as `name/version`. */
  readonly served: readonly string[];
  readonly failed: readonly FailedModelView[];
}

/** How long a photo would wait, without a word about whose photos they are. */
export type QueueState = 'free' | 'busy' | 'full';

/** What becomes of the photos that are sent to a service. */
export interface PrivacyView {
  /** The rest of this object in whole sentences, for people. */
  readonly statement: string;
  /** Whether a single photo or its result is ever written to a disk; those of batches are. */
  readonly writesPhotosToDisk: boolean;
  /** Memory for results of which a client may ask again, until newer ones need it; 0: none. */
  readonly resultCacheBytes: number;
  /** Seconds that a batch's files lie on the service's disk after its end; 0: no batches are taken. */
  readonly keepsBatchesS: number;
  /** Whether place, time, camera and all other private metadata are left out of results. */
  readonly removesMetadata: boolean;
  /** How results are marked as edited by AI: the XMP property and its value. */
  readonly aiEditMark: { readonly property: string; readonly value: string };
}

/** Who may use a service, and how much. */
export interface AccessView {
  /** Whether requests need a key, in the header X-API-Key or as a bearer token. */
  readonly needsKey: boolean;
  /** Each client's budget in millions of pixels a minute; none when absent. */
  readonly megapixelsPerMinute?: number;
}

export interface InfoView {
  /** Version of the software. */
  readonly version: string;
  readonly state: ServiceState;
  readonly queue: QueueState;
  /** Execution provider of all models; `loading` before they are loaded. */
  readonly provider: string;
  /** Why models do not run on CUDA, where that was wanted or tried. */
  readonly providerReason?: string;
  readonly models: readonly ModelView[];
  readonly limits: {
    readonly maxUploadBytes: number;
    readonly maxPixels: number;
    readonly maxFaces: number;
    readonly timeoutMs: number;
  };
  /** Media types that an upload may have, and that a result may be asked in. */
  readonly inputTypes: readonly string[];
  readonly outputTypes: readonly string[];
  readonly access: AccessView;
  readonly privacy: PrivacyView;
}
