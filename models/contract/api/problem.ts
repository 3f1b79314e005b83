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
