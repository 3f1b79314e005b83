import { loadConfig } from '../../../server/config.ts';
import { createLogger } from '../../../server/logger.ts';
import { createMetrics } from '../../../server/metrics.ts';
import { ModelRegistry } from '../../../server/models/registry.ts';
import { scanRepository } from '../../../server/models/repository.ts';
import { makeoverJob } from './makeover-job.ts';

/** The built service, since tsx's output is slower. */
const SERVICE = new URL('../../../dist/server/service.js', import.meta.url).href;

/** The same photo workers, one a core, without HTTP. */
export interface WorkersAlone {
  makeOver(photo: Buffer, pixels: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startWorkersAlone(repository: string, model: string): Promise<WorkersAlone> {
  const { createPool } = (await import(SERVICE)) as typeof import('../../../server/service.ts');
  const pool = createPool(loadConfig({}), createLogger('warn'), createMetrics());
  const { folders } = new ModelRegistry(await scanRepository(repository));
  await pool.start({ provider: { wanted: 'cpu', isStrict: true }, folders });
  return {
    makeOver: async (file, pixels) => {
      const { signal } = new AbortController();
      await pool.run(makeoverJob(file, model), {
        lane: 'interactive',
        timeoutMs: 120_000,
        signal,
        pixels,
        contentHash: '',
      });
    },
    stop: () => pool.stop(),
  };
}
