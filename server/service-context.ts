import type { PixelBudget } from './access/pixel-budget.ts';
import type { Admission } from './admission.ts';
import type { BatchServices } from './batches/batch-services.ts';
import type { ServerConfig } from './config.ts';
import type { DevicePool } from './device/device-pool.ts';
import type { ResultCache } from './load/result-cache.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { ModelServices } from './models/model-services.ts';
import type { ModelRegistry } from './models/registry.ts';
import type { PhotoPool } from './photo/pool.ts';

/** What the routes work with. */
export interface ServiceContext {
  readonly config: ServerConfig;
  readonly logger: Logger;
  readonly registry: ModelRegistry;
  readonly models: ModelServices;
  readonly pool: PhotoPool;
  /** Those that may run the generators; undefined where photo workers do. */
  readonly devices?: DevicePool | undefined;
  readonly admission: Admission;
  readonly pixelBudget: PixelBudget;
  readonly batches: BatchServices;
  readonly cache: ResultCache;
  readonly metrics: Metrics;
  /** Version of this package. */
  readonly version: string;
}
