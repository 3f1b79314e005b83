import { createHash, timingSafeEqual } from 'node:crypto';

/** A secret of which only its hash is kept in memory. */
export interface StoredSecret {
  /** What the operator calls its holder; undefined when it has no name. */
  readonly name: string | undefined;
  /** SHA-256, 32 bytes. */
  readonly hash: Buffer;
}

/** Keeps a secret by its hash. */
export function storeSecret(secret: string, name?: string): StoredSecret {
  return { name, hash: sha256(secret) };
}

/**
 * The stored secret that was presented. Hashes have one length and all are compared to the end, so
 * the time taken tells nothing about how near a wrong one came.
 */
export function findSecret(
  presented: string,
  stored: readonly StoredSecret[],
): StoredSecret | undefined {
  const hash = sha256(presented);
  return stored.filter((secret) => timingSafeEqual(secret.hash, hash))[0];
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
