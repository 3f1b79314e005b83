import type { Box, Point } from './geometry.ts';

/** Stable machine-readable reasons; the HTTP status of each stands in the server's catalogue. */
export type ErrorCode =
  | 'BAD_REQUEST'
  | 'BAD_PARAMETER'
  | 'BAD_MULTIPART'
  | 'BAD_ARCHIVE'
  | 'NO_IMAGE'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'KEY_MISSING'
  | 'KEY_WRONG'
  | 'ADMIN_OFF'
  | 'HOST_NOT_ALLOWED'
  | 'ORIGIN_NOT_ALLOWED'
  | 'MODEL_NOT_FOUND'
  | 'FORMAT_NOT_OFFERED'
  | 'FILE_TOO_LARGE'
  | 'PIXELS_TOO_MANY'
  | 'TYPE_NOT_ALLOWED'
  | 'IMAGE_CORRUPT'
  | 'NO_FACE_FOUND'
  | 'PHOTO_QUARANTINED'
  | 'FACE_NOT_FOUND'
  | 'ENCODING_NOT_ALLOWED'
  | 'EXPECTATION_FAILED'
  | 'RATE_LIMITED'
  | 'HEADERS_TOO_LARGE'
  | 'UPLOAD_TOO_SLOW'
  | 'BATCH_NOT_FOUND'
  | 'BATCH_ITEM_NOT_FOUND'
  | 'BATCH_SEALED'
  | 'BATCH_NOT_DONE'
  | 'BATCH_TOO_LARGE'
  | 'IDEMPOTENCY_CONFLICT'
  | 'RANGE_NOT_SATISFIABLE'
  | 'STORAGE_FULL'
  | 'QUEUE_FULL'
  | 'DRAINING'
  | 'MODEL_NOT_READY'
  | 'DEADLINE_EXCEEDED'
  | 'WORKER_FAILED'
  | 'INTERNAL';

/** Body of every error, RFC 9457 (`application/problem+json`). */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What is wrong, what was expected and what to do. */
  readonly detail: string;
  readonly code: ErrorCode;
  readonly requestId: string;
  /** The detail once more under /v2, where the Open Inference Protocol has it so. */
  readonly error?: string;
}

/** Why a makeover of a face may look bad. */
export type FaceReason = 'TOO_SMALL' | 'TURNED_AWAY' | 'BLURRED' | 'CUT_OFF';

/** How well a face is seen. */
export interface FaceQuality {
  /** Empty for a face that is seen well. */
  readonly reasons: readonly FaceReason[];
  /** Between the eyes, in pixels of the photo. */
  readonly eyeDistancePx: number;
  /** 0 seen from the front; how far the nose lies off the middle, in distances of the eyes. */
  readonly turn: number;
  /** Fine detail as a share of coarse, at the size that the model sees. */
  readonly sharpness: number;
  /** Share of the face that lies inside the photo. */
  readonly visibleShare: number;
}

/** A face of a photo. Positions are in pixels of the upright photo; left is the picture's left. */
export interface FaceView {
  /** For the parameter `faces`: 1 for the largest face, 2 for the next. */
  readonly id: number;
  readonly box: Box;
  readonly leftEye: Point;
  readonly rightEye: Point;
  readonly nose: Point;
  readonly mouth: Point;
  readonly leftEar: Point;
  readonly rightEar: Point;
  /** Probability that the detector gave, 0 to 1. */
  readonly score: number;
  readonly quality: FaceQuality;
}

/** Answer of POST /v1/faces. */
export interface FacesView {
  /** Size of the upright photo in pixels. */
  readonly width: number;
  readonly height: number;
  /** The largest first; empty when none was found. */
  readonly faces: readonly FaceView[];
}

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

/** How a service is doing as a whole. */
export type ServiceState = 'starting' | 'ready' | 'not ready' | 'draining';

/** Answer of GET /healthz on the public port, and of GET /livez and /startupz on the operator's. */
export interface HealthView {
  readonly status: ServiceState | 'alive' | 'started';
}

/** Answers of the Open Inference Protocol v2; its names are not ours. */
export interface InferenceServerView {
  readonly name: string;
  readonly version: string;
  readonly extensions: readonly string[];
}

export interface InferenceTensorView {
  readonly name: string;
  readonly datatype: 'UINT8' | 'FP32';
  /** -1 where the size is free. */
  readonly shape: readonly number[];
}

export interface InferenceModelView {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly InferenceTensorView[];
  readonly outputs: readonly InferenceTensorView[];
}

export interface InferenceOutputView extends InferenceTensorView {
  readonly parameters?: { readonly binary_data_size: number };
  readonly data?: readonly number[];
}

export interface InferenceResponseView {
  readonly model_name: string;
  readonly model_version: string;
  readonly id?: string;
  readonly outputs: readonly InferenceOutputView[];
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

/** What becomes of one photo of a batch. */
export type BatchItemState = 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled';

/**
 * `open`: takes items until it is sealed; those it has are worked on already. `running`: sealed, and
 * some items are not done. `completed`: all have ended, in whatever way. `canceled`: by DELETE.
 */
export type BatchState = 'open' | 'running' | 'completed' | 'canceled';

/** Answer of GET /v1/batches/{id}, and of whatever changes a batch. */
export interface BatchView {
  /** 128 random bits as 32 hexadecimal digits. */
  readonly id: string;
  readonly state: BatchState;
  /** ISO 8601, as all moments here. */
  readonly createdAt: string;
  /** Absent while something is to be done. */
  readonly endedAt?: string;
  /** When the batch and its files are removed; absent while something is to be done. */
  readonly expiresAt?: string;
  /** Of the makeover, as they were given. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Number of items. */
  readonly items: number;
  /** Number of items by state. */
  readonly counts: Readonly<Record<BatchItemState, number>>;
  /** Seconds until all items have ended, by the rate of the last ones; absent while unknown. */
  readonly etaS?: number;
}

/** Why an item failed. */
export interface BatchItemProblem {
  readonly code: ErrorCode;
  readonly detail: string;
}

/** One photo of a batch. */
export interface BatchItemView {
  /** 1 for the first item of the batch. */
  readonly number: number;
  /** As the client calls it; folders are parted by `/`. */
  readonly name: string;
  readonly state: BatchItemState;
  /** Of the photo's file. */
  readonly bytes: number;
  /** SHA-256 of the photo's file, in hexadecimal digits. */
  readonly sha256: string;
  /** Only of an item that succeeded. */
  readonly result?: BatchResultView;
  /** Only of an item that failed. */
  readonly problem?: BatchItemProblem;
}

/** What came out of a photo. */
export interface BatchResultView {
  /** In the archive of results. */
  readonly name: string;
  readonly bytes: number;
  /** Number of faces made over. */
  readonly faces: number;
  /** The generator, as `name/version`. */
  readonly model: string;
}

/** Answer of GET /v1/batches/{id}/items, and of POST, which tells the items that it took. */
export interface BatchItemsView {
  /** By their numbers. */
  readonly items: readonly BatchItemView[];
  /** For the parameter `cursor`; absent when no more items follow. */
  readonly nextCursor?: string;
}

/** Data of the events that GET /v1/batches/{id}/events sends, by the event's name. */
export interface BatchEvents {
  /** At the start, and whenever the counts have changed, a few times a second at most. */
  readonly batch: BatchView;
  /** An item has ended, or has been queued again. */
  readonly item: BatchItemView;
  /** Nothing is left to be done; the stream ends. */
  readonly end: BatchView;
}
