import type { ErrorCode } from '../models/contract/api/problem.ts';

interface CatalogueEntry {
  readonly status: number;
  /** The same for every occurrence of the code, as RFC 9457 asks. */
  readonly title: string;
}

/**
 * HTTP status of every code. 4xx: the client can mend it. 503: our own state, worth another try
 * later. 500 is left for defects.
 */
export const PROBLEMS: Readonly<Record<ErrorCode, CatalogueEntry>> = {
  BAD_REQUEST: { status: 400, title: 'The request cannot be read' },
  BAD_PARAMETER: { status: 400, title: 'A parameter is missing or wrong' },
  BAD_MULTIPART: { status: 400, title: 'The form cannot be read' },
  BAD_ARCHIVE: { status: 400, title: 'The archive is not taken' },
  NO_IMAGE: { status: 400, title: 'No photo was sent' },
  NOT_FOUND: { status: 404, title: 'Nothing is here' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The method is not offered here' },
  KEY_MISSING: { status: 401, title: 'A key is needed' },
  KEY_WRONG: { status: 403, title: 'The key is not known' },
  ADMIN_OFF: { status: 403, title: 'The admin routes are off' },
  HOST_NOT_ALLOWED: { status: 403, title: 'The host name is not served' },
  ORIGIN_NOT_ALLOWED: { status: 403, title: 'Other sites may not use this service' },
  MODEL_NOT_FOUND: { status: 404, title: 'The model does not exist' },
  FORMAT_NOT_OFFERED: { status: 406, title: 'No accepted format is offered' },
  FILE_TOO_LARGE: { status: 413, title: 'The file is too large' },
  PIXELS_TOO_MANY: { status: 413, title: 'The photo has too many pixels' },
  TYPE_NOT_ALLOWED: { status: 415, title: 'The file type is not accepted' },
  IMAGE_CORRUPT: { status: 422, title: 'The photo is damaged' },
  FACE_NOT_FOUND: { status: 422, title: 'The photo has no such face' },
  NO_FACE_FOUND: { status: 422, title: 'No face was found' },
  PHOTO_QUARANTINED: { status: 422, title: 'The photo has ended several processes' },
  ENCODING_NOT_ALLOWED: { status: 415, title: 'The content encoding is not accepted' },
  EXPECTATION_FAILED: { status: 417, title: 'The expectation cannot be met' },
  RATE_LIMITED: { status: 429, title: 'Your budget is used up' },
  HEADERS_TOO_LARGE: { status: 431, title: 'The headers are too large' },
  UPLOAD_TOO_SLOW: { status: 408, title: 'The upload took too long' },
  BATCH_NOT_FOUND: { status: 404, title: 'The batch does not exist' },
  BATCH_ITEM_NOT_FOUND: { status: 404, title: 'The batch has no such item or result' },
  BATCH_SEALED: { status: 409, title: 'The batch takes no more items' },
  BATCH_NOT_DONE: { status: 409, title: 'The batch is not done' },
  BATCH_TOO_LARGE: { status: 413, title: 'The batch has too many items' },
  IDEMPOTENCY_CONFLICT: { status: 409, title: 'The key was used for another request' },
  RANGE_NOT_SATISFIABLE: { status: 416, title: 'The file has no such range' },
  STORAGE_FULL: { status: 507, title: 'The storage is full' },
  QUEUE_FULL: { status: 503, title: 'The service is busy' },
  DRAINING: { status: 503, title: 'The service is stopping' },
  MODEL_NOT_READY: { status: 503, title: 'The model cannot serve' },
  DEADLINE_EXCEEDED: { status: 504, title: 'The photo took too long' },
  WORKER_FAILED: { status: 503, title: 'The photo could not be worked on' },
  INTERNAL: { status: 500, title: 'The service made a mistake' },
};

/** The name of a code as a URN, as RFC 9457 wants the type of a problem. */
export function problemType(code: ErrorCode): string {
  return `urn:deep-makeover:problem:${code.toLowerCase().replaceAll('_', '-')}`;
}

/** A failure with a stable code; the detail says what is wrong, what was expected, what to do. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.code = code;
    this.headers = headers;
  }
}
