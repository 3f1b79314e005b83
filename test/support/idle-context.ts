import { PixelBudget } from '../../server/access/pixel-budget.ts';
import { FolderStore } from '../../server/batches/folder-store.ts';
import { loadConfig } from '../../server/config.ts';
import { ResultCache } from '../../server/load/result-cache.ts';
import { createLogger } from '../../server/logger.ts';
import { createMetrics } from '../../server/metrics.ts';
import { createModelServices } from '../../server/models/model-services.ts';
import { ModelRegistry } from '../../server/models/registry.ts';
import { createAdmission, createPool } from '../../server/service.ts';
import type { ServiceContext } from '../../server/service-context.ts';

/** What a service works with before it has workers and models: enough to build its routes. */
export function createIdleContext(): ServiceContext {
  const logger = createLogger('silent');
  const config = loadConfig({ DM_ALLOWED_HOSTS: 'faces.example' });
  const metrics = createMetrics();
  const registry = new ModelRegistry([
    { name: 'feminine', version: 3, folder: 'none', fingerprint: '' },
  ]);
  const pool = createPool(config, logger, metrics);
  return {
    config,
    logger,
    registry,
    models: createModelServices(config, registry, pool, undefined, logger, metrics),
    pool,
    admission: createAdmission(config),
    // Nothing is read or written before `load`.
    batches: {
      store: new FolderStore({ folder: 'none', maxBytes: 0, maxItems: 1, logger }),
      stopping: new AbortController().signal,
    },
    cache: new ResultCache({ maxBytes: 0, version: '1.2.3', metrics }),
    pixelBudget: new PixelBudget(0),
    metrics,
    version: '1.2.3',
  };
}
