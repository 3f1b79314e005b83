import { expect } from 'vitest';
import type { ErrorCode } from '../../models/contract/api/problem.ts';

/** The code with which the promise is rejected; fails when it is not. */
export async function rejectionCode(promise: Promise<unknown>): Promise<ErrorCode> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'ProblemError' });
  return (error as { code: ErrorCode }).code;
}
