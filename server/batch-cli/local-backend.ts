import { ConfigError, type ServerConfig } from '../config.ts';
import { createDevicePool, startModels } from '../device/start.ts';
import { createLogger } from '../logger.ts';
import { createMetrics } from '../metrics.ts';
import { ModelRegistry } from '../models/registry.ts';
import { scanRepository } from '../models/repository.ts';
import { parseParameters } from '../parameters.ts';
import { requirePhoto } from '../photo/probe-photo.ts';
import { createPool } from '../service.ts';
import type { Backend, MakeoverValues } from './backend.ts';

export interface LocalBackendOptions {
  readonly config: ServerConfig;
  readonly model: string;
  /** Undefined: the newest one. */
  readonly version: number | undefined;
  readonly values: MakeoverValues;
}

/**
 * Photo workers of this process, with no service and no port: the pool that a service has, and its
 * limits.
 *
 * @throws ConfigError when the workers cannot start; ProblemError when the model cannot serve
 */
export async function openLocalBackend(options: LocalBackendOptions): Promise<Backend> {
  const { config, model: name, version } = options;
  const registry = new ModelRegistry(await scanRepository(config.modelRepo));
  const model = registry.requireKnown(name);
  const wanted = version ?? model.candidates[0];
  const folders = [model, registry.detector].flatMap((part) => {
    const number = part === model ? wanted : part?.candidates[0];
    return number === undefined ? [] : registry.requireEntry(part?.name ?? name, number).folder;
  });
  const logger = createLogger(config.logLevel);
  const metrics = createMetrics();
  const pool = createPool(config, logger, metrics);
  const devices = createDevicePool(config, logger, metrics);
  const close = async () => {
    await Promise.all([pool.stop(), devices?.stop()]);
  };
  try {
    registry.record(await startModels(pool, devices, config, folders));
    const modelVersion = registry.requireServed(name);
    return {
      modelVersion,
      maxFileBytes: config.maxUploadBytes,
      // One more than work at a time: the next one is read meanwhile.
      concurrency: config.workers + 1,
      makeOver: async ({ file, contentHash, format }, signal) => {
        const { maxPixels, maxFaces, timeoutMs } = config;
        const { width, height } = requirePhoto(file, {
          maxPixels,
          inputFormats: pool.inputFormats,
        });
        const { strength, faces, output, quality } = parseParameters(options.values);
        const result = await pool.run(
          {
            kind: 'makeover',
            file,
            model: modelVersion,
            strength,
            faces,
            output,
            format,
            quality,
            maxPixels,
            maxFaces,
          },
          { lane: 'batch', timeoutMs, signal, pixels: width * height, contentHash },
        );
        return { file: result.file, faces: result.faces.length };
      },
      close,
    };
  } catch (error) {
    await close();
    if (error instanceof ConfigError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`photos cannot be made over here: ${reason}`, { cause: error });
  }
}
