import type { ErrorCode } from '../models/contract/api/problem.ts';

/** Reasons for a failure: the service's own, and those that only the page can see. */
export type FailureCode =
  | ErrorCode
  | 'OFFLINE'
  | 'UNEXPECTED'
  | 'NO_MODEL'
  | 'DEVICE_FAILED'
  | 'SAMPLE_MISSING'
  /** This device has no memory for the photo, even smaller. */
  | 'MEMORY_SHORT';

export interface Failure {
  readonly code: FailureCode;
  readonly detail: string;
}

/** An error whose code says why: of the service, or of this device. */
export abstract class CodedError extends Error {
  readonly code: FailureCode;

  constructor(code: FailureCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** What an error tells the visitor. */
export function failureOf(error: unknown): Failure {
  return error instanceof CodedError
    ? { code: error.code, detail: error.message }
    : { code: 'UNEXPECTED', detail: String(error) };
}

const PASSING: readonly FailureCode[] = [
  'OFFLINE',
  'UNEXPECTED',
  'NO_MODEL',
  'DEVICE_FAILED',
  'MODEL_NOT_READY',
  'UPLOAD_TOO_SLOW',
  'QUEUE_FULL',
  'RATE_LIMITED',
  'DRAINING',
  'DEADLINE_EXCEEDED',
  'WORKER_FAILED',
  'INTERNAL',
];

/** Whether the same request may succeed a little later. */
export function isPassing(code: FailureCode): boolean {
  return PASSING.includes(code);
}
