import type { ErrorCode } from '../../models/contract/api/problem.ts';
import { ProblemError } from '../problem.ts';

/** Why a photo has no result. */
export interface PhotoFailure {
  readonly code: ErrorCode | 'FILE_UNREADABLE';
  readonly detail: string;
}

/** What must end the run: no photo will fare better. What is done is kept. */
export class RunError extends Error {
  override readonly name = 'RunError';
  /** 1: the results cannot be kept; 2: wrong use; 3: no service can be reached. */
  readonly exitCode: 1 | 2 | 3;

  constructor(exitCode: 1 | 2 | 3, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Problems of the whole run: every photo would meet them. */
const RUN_PROBLEMS: readonly ErrorCode[] = [
  'BAD_PARAMETER',
  'MODEL_NOT_FOUND',
  'KEY_MISSING',
  'KEY_WRONG',
  'HOST_NOT_ALLOWED',
  'NOT_FOUND',
];

/** A problem of a photo as its failure; one of the whole run is thrown as a RunError. */
export function failureOf(error: unknown): PhotoFailure {
  if (!(error instanceof ProblemError)) throw error;
  const { code, message } = error;
  if (RUN_PROBLEMS.includes(code)) throw new RunError(2, `${code}: ${message}`);
  return { code, detail: message };
}
