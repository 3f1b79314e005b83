import { readFile } from 'node:fs/promises';
import type { RequestListener, Server } from 'node:http';
import { join } from 'node:path';
import { PixelBudget } from './access/pixel-budget.ts';
import { createAdminApp } from './admin.ts';
import { Admission } from './admission.ts';
import { createApp } from './app.ts';
import { loadBatches, type RunningBatches, runBatches } from './batches/batch-services.ts';
import { observeBatches } from './batches/metrics.ts';
import { ConfigError, type ServerConfig } from './config.ts';
import { createDevicePool, startModels } from './device/start.ts';
import { observeService } from './health/gauges.ts';
import { createHttpServer } from './http-server.ts';
import { ResultCache } from './load/result-cache.ts';
import type { Logger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createModelServices } from './models/model-services.ts';
import { ModelRegistry } from './models/registry.ts';
import { scanRepository } from './models/repository.ts';
import { packageFolder } from './paths.ts';
import type { LoadReport } from './photo/job.ts';
import { PhotoPool } from './photo/pool.ts';
import type { ServiceContext } from './service-context.ts';

const CLOSE_IDLE_EVERY_MS = 50;

/** A running service. */
export interface Service {
  readonly url: string;
  readonly adminUrl: string;
  readonly context: ServiceContext;
  /** Finishes the photos in work, then ends; those that outlast the drain timeout are cut off. */
  stop(): Promise<void>;
}

/**
 * Starts the workers and both ports. The ports answer at once; photos are taken when the models
 * have passed their checks, which is when this resolves.
 *
 * @throws ConfigError when the settings cannot work here
 */
export async function startService(config: ServerConfig, logger: Logger): Promise<Service> {
  const registry = new ModelRegistry(await scanRepository(config.modelRepo));
  const packageVersion = await readVersion();
  const metrics = createMetrics();
  const pool = createPool(config, logger, metrics);
  const devices = createDevicePool(config, logger, metrics);
  const models = createModelServices(config, registry, pool, devices, logger, metrics);
  await models.deployment.readChannels();
  const stopping = new AbortController();
  const context: ServiceContext = {
    config,
    logger,
    registry,
    models,
    pool,
    devices,
    admission: createAdmission(config),
    pixelBudget: new PixelBudget(config.pixelsPerMinute),
    batches: await loadBatches(config, logger, stopping.signal),
    cache: new ResultCache({ maxBytes: config.cacheBytes, version: packageVersion, metrics }),
    metrics,
    version: packageVersion,
  };
  observeService(context);
  observeBatches(metrics.registry, context.batches.store);
  const servers: Server[] = [];
  try {
    const [report, url, adminUrl] = await Promise.all([
      startModels(pool, context.devices, config, registry.folders),
      listen(servers, createApp(context), context, config.port, 'DM_PORT'),
      listen(servers, createAdminApp(context), context, config.adminPort, 'DM_ADMIN_PORT'),
    ]);
    registry.record(report);
    logProvider(logger, config, report);
    await models.deployment.start(config.modelPollMs);
    const batches = runBatches(context);
    return {
      url,
      adminUrl,
      context,
      stop: () => {
        stopping.abort();
        return stop(context, batches, servers);
      },
    };
  } catch (error) {
    models.deployment.stop();
    for (const server of servers) server.close();
    await Promise.all([pool.stop(), context.devices?.stop()]);
    if (error instanceof ConfigError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`the service cannot start: ${reason}`, { cause: error });
  }
}

/** The photo workers as the settings want them; none has started yet. */
export function createPool(config: ServerConfig, logger: Logger, metrics: Metrics): PhotoPool {
  return new PhotoPool({
    size: config.workers,
    maxRssBytes: config.workerMaxRssBytes,
    loadTimeoutMs: config.workerLoadTimeoutMs,
    hangTimeoutMs: config.workerHangMs,
    photoTimeoutMs: config.timeoutMs,
    decodeBudgetBytes: config.decodeBudgetBytes,
    logger,
    metrics,
  });
}

/** What may be in at a time, as the settings say. */
export function createAdmission(config: ServerConfig): Admission {
  const capacity = {
    requests: config.queueMaxRequests,
    uploadBytes: config.uploadBudgetBytes,
    pixels: config.queueMaxPixels,
    faces: config.queueMaxFaces,
  };
  // The rest of the deadline is left for the work itself, and for rates that are not steady.
  return new Admission({ capacity, workers: config.workers, maxWaitMs: config.timeoutMs / 2 });
}

function logProvider(
  logger: Logger,
  { provider: { wanted } }: ServerConfig,
  { provider, providerReason: reason }: LoadReport,
): void {
  if (wanted === 'cuda' && provider === 'cpu') {
    logger.warn({ reason }, 'DM_EP=cuda cannot run here: the CPU runs');
  }
}

async function stop(
  context: ServiceContext,
  batches: RunningBatches,
  servers: readonly Server[],
): Promise<void> {
  const { admission, config, logger, models, pool } = context;
  models.deployment.stop();
  const [publicServer, adminServer] = servers;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(resolve, config.drainTimeoutMs, 'timeout');
  });
  // The admin port tells about draining until the end.
  const drained = Promise.all([
    admission.drain(),
    batches.drain(),
    publicServer && close(publicServer),
  ]);
  const outcome = await Promise.race([drained, timeout]);
  clearTimeout(timer);
  if (outcome === 'timeout') logger.warn('photos were in work still at the drain timeout');
  batches.stop();
  publicServer?.closeAllConnections();
  adminServer?.close();
  adminServer?.closeAllConnections();
  await Promise.all([pool.stop(), context.devices?.stop()]);
}

/** Resolves when every answer has been sent; connections that wait for a next request end. */
async function close(server: Server): Promise<void> {
  const sweep = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  clearInterval(sweep);
}

async function listen(
  servers: Server[],
  app: RequestListener,
  { config, logger }: ServiceContext,
  port: number,
  variable: string,
): Promise<string> {
  const { host } = config;
  const server = createHttpServer(app, config, logger);
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new ConfigError(`${variable}=${port} cannot be used (${error.message}): set another`)),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;
  const name = host === '127.0.0.1' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${boundPort}`;
}

async function readVersion(): Promise<string> {
  const json = JSON.parse(await readFile(join(packageFolder(), 'package.json'), 'utf8')) as {
    version: string;
  };
  return json.version;
}
