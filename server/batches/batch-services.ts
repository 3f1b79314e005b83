import { join } from 'node:path';
import type { ServerConfig } from '../config.ts';
import type { Logger } from '../logger.ts';
import type { ServiceContext } from '../service-context.ts';
import type { BatchStore } from './batch-store.ts';
import { FolderStore } from './folder-store.ts';
import { makeItemOver } from './item-work.ts';
import { removeExpired } from './retention.ts';
import { BatchScheduler } from './scheduler.ts';

/** What the routes of batches work with. */
export interface BatchServices {
  readonly store: BatchStore;
  /** Aborted when the service stops: streams that never end by themselves end then. */
  readonly stopping: AbortSignal;
}

/** Batches at work. */
export interface RunningBatches {
  /** Begins nothing more; resolves when the photos in work have ended. */
  drain(): Promise<void>;
  /** Leaves what has not ended to the next start. */
  stop(): void;
}

/** Takes up the batches that are in the data folder; nothing is worked on yet. */
export async function loadBatches(
  config: ServerConfig,
  logger: Logger,
  stopping: AbortSignal,
): Promise<BatchServices> {
  const store = new FolderStore({
    folder: join(config.dataFolder, 'batches'),
    maxBytes: config.maxDataBytes,
    maxItems: config.batchMaxItems,
    logger,
  });
  await store.load();
  return { store, stopping };
}

/** Has the items of all batches worked on, and expired batches removed. */
export function runBatches(context: ServiceContext): RunningBatches {
  const { batches, config, logger } = context;
  const { store } = batches;
  const scheduler = new BatchScheduler({
    store,
    slots: config.workers,
    work: (batch, item, signal) => makeItemOver(context, batch, item, signal),
    logger,
  });
  const endRetention = removeExpired(store, config.resultTtlMs, logger);
  scheduler.start();
  return {
    drain: () => {
      endRetention();
      return scheduler.drain();
    },
    stop: () => scheduler.stop(),
  };
}
