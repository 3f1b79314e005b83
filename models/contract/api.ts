import type { Box, Point } from './geometry.ts';

/** Stable machine-readable reasons; the HTTP status of each stands in the server's catalogue. */
export type ErrorCode =
  | 'BAD_PARAMETER'
  | 'BAD_MULTIPART'
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
  | 'UPLOAD_TOO_SLOW'
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

export interface ModelView {
  readonly name: string;
  readonly version: number;
  readonly title: string;
  readonly state: 'active' | 'failed';
  readonly provider: string;
  readonly reason?: string;
}

export interface ModelsView {
  readonly models: readonly ModelView[];
}

/** How a service is doing as a whole. */
export type ServiceState = 'starting' | 'ready' | 'not ready' | 'draining';

/** How long a photo would wait, without a word about whose photos they are. */
export type QueueState = 'free' | 'busy' | 'full';

/** What becomes of the photos that are sent to a service. */
export interface PrivacyView {
  /** The rest of this object in whole sentences, for people. */
  readonly statement: string;
  /** Whether a photo or its result is ever written to a disk. */
  readonly writesPhotosToDisk: boolean;
  /** Longest time in seconds that a result stays in memory after its answer; 0: not at all. */
  readonly keepsResultsS: number;
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
