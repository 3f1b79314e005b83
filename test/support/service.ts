import { join } from 'node:path';
import { loadConfig } from '../../server/config.ts';
import { createLogger } from '../../server/logger.ts';
import { type Service, startService } from '../../server/service.ts';
import { createModelRepository, removeModelRepository } from './model-repository.ts';

/**
 * A real service with real workers on free ports, which serves the generators `identity` and
 * `tint` of a temporary model repository. `stop` also removes the repository.
 *
 * @param settings DM_* variables
 */
export async function startTestService(
  settings: Readonly<Record<string, string>> = {},
): Promise<Service> {
  const repository = await createModelRepository();
  const config = loadConfig({
    DM_PORT: '0',
    DM_ADMIN_PORT: '0',
    DM_WORKERS: '1',
    DM_LOG_LEVEL: 'error',
    DM_MODEL_REPO: repository,
    DM_DATA_DIR: join(repository, '.data'),
    DM_EP: 'cpu',
    // Tests send the same photo often, and mean it to be worked on.
    DM_CACHE_MB: '0',
    ...settings,
  });
  let service: Service;
  try {
    service = await startService(config, createLogger(config.logLevel));
  } catch (error) {
    await removeModelRepository(repository);
    throw error;
  }
  return {
    ...service,
    stop: async () => {
      await service.stop();
      await removeModelRepository(repository);
    },
  };
}
