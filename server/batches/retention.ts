import type { Logger } from '../logger.ts';
import type { BatchStore } from './batch-store.ts';

const LOOK_EVERY_MS = 30_000;

/**
 * Removes batches when their time is over, now and every now and then.
 *
 * @returns ends it
 */
export function removeExpired(store: BatchStore, ttlMs: number, logger: Logger): () => void {
  const look = async () => {
    const nowMs = Date.now();
    for (const batch of store.batches) {
      const expiresAtMs = batch.expiresAtMs(ttlMs);
      if (expiresAtMs === undefined || expiresAtMs > nowMs) continue;
      try {
        await store.remove(batch);
      } catch (error) {
        logger.warn({ batch: batch.id, error: String(error) }, 'a batch cannot be removed');
      }
    }
  };
  void look();
  const timer = setInterval(() => void look(), Math.min(LOOK_EVERY_MS, ttlMs));
  return () => clearInterval(timer);
}
