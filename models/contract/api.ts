import type { Box, Point } from './geometry.ts';

/** Stable machine-readable reasons; the HTTP status of each stands in the server's catalogue. */
export type ErrorCode =
  | 'BAD_PARAMETER'
  | 'BAD_MULTIPART'
  | 'NO_IMAGE'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'HOST_NOT_ALLOWED'
  | 'ORIGIN_NOT_ALLOWED'
  | 'MODEL_NOT_FOUND'
  | 'FILE_TOO_LARGE'
  | 'PIXELS_TOO_MANY'
  | 'TYPE_NOT_ALLOWED'
  | 'IMAGE_CORRUPT'
  | 'NO_FACE_FOUND'
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

export interface FaceView {
  readonly id: number;
  /** In pixels of the upright photo. */
  readonly box: Box;
  readonly leftEye: Point;
  readonly rightEye: Point;
  readonly mouth: Point;
  /** Probability that the detector gave, 0 to 1. */
  readonly score: number;
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

export interface InfoView {
  readonly version: string;
  readonly provider: string;
  readonly limits: {
    readonly maxUploadBytes: number;
    readonly maxPixels: number;
    readonly maxFaces: number;
    readonly timeoutMs: number;
  };
  /** Media types that an upload may have, and that a result may be asked in. */
  readonly inputTypes: readonly string[];
  readonly outputTypes: readonly string[];
}
