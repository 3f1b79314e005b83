import { ProblemError } from '../problem.ts';
import type { Batch } from './batch.ts';
import type { BatchStore } from './batch-store.ts';
import type { Idempotency } from './records.ts';

const MAX_KEY_LENGTH = 255;

/** Requests that carry the header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header). */
export class IdempotentRequests {
  readonly #store: Pick<BatchStore, 'batches'>;
  /** Those that are being answered, each as its client and its key. */
  readonly #underWay = new Set<string>();

  constructor(store: Pick<BatchStore, 'batches'>) {
    this.#store = store;
  }

  /**
   * The batch that a repeated request has made already, else the one that is made now.
   *
   * @param idempotency undefined for a request without a key
   * @throws ProblemError IDEMPOTENCY_CONFLICT when the key was used for another request, or is in
   *   use; and what `create` throws
   */
  async once(
    clientId: string,
    idempotency: Idempotency | undefined,
    create: () => Promise<Batch>,
  ): Promise<{ readonly batch: Batch; readonly isRepeated: boolean }> {
    if (idempotency === undefined) return { batch: await create(), isRepeated: false };
    const known = this.#store.batches.find(
      ({ head }) => head.clientId === clientId && head.idempotency?.key === idempotency.key,
    );
    if (known !== undefined) {
      if (known.head.idempotency?.fingerprint !== idempotency.fingerprint) throw usedOtherwise();
      return { batch: known, isRepeated: true };
    }
    const request = `${clientId} ${idempotency.key}`;
    if (this.#underWay.has(request)) throw stillUnderWay();
    this.#underWay.add(request);
    try {
      return { batch: await create(), isRepeated: false };
    } finally {
      this.#underWay.delete(request);
    }
  }
}

/**
 * What the header Idempotency-Key of a request says.
 *
 * @param parts of the request that make it another one
 * @returns undefined when there is no such header
 * @throws ProblemError BAD_PARAMETER
 */
export function readIdempotency(
  header: string | undefined,
  parts: readonly unknown[],
): Idempotency | undefined {
  if (header === undefined) return undefined;
  const key = header.replace(/^"(.*)"$/, '$1');
  if (key.length === 0 || key.length > MAX_KEY_LENGTH) {
    throw new ProblemError(
      'BAD_PARAMETER',
      `Idempotency-Key has ${key.length} characters, expected 1 to ${MAX_KEY_LENGTH}, such as a UUID`,
    );
  }
  return { key, fingerprint: JSON.stringify(parts) };
}

function usedOtherwise(): ProblemError {
  return new ProblemError(
    'IDEMPOTENCY_CONFLICT',
    'the Idempotency-Key was used for a request with other parameters or another length: give ' +
      'every batch a key of its own',
  );
}

function stillUnderWay(): ProblemError {
  return new ProblemError(
    'IDEMPOTENCY_CONFLICT',
    'a request with this Idempotency-Key is being received: wait for its answer',
  );
}
