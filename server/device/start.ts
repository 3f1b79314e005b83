import type { ServerConfig } from '../config.ts';
import { isProviderInstalled } from '../cuda/libraries.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { LoadReport } from '../photo/job.ts';
import type { PhotoPool } from '../photo/pool.ts';
import { DevicePool } from './device-pool.ts';

/** Photo workers have no sessions on CUDA: each would hold the memory of one. */
const ON_CPU = { wanted: 'cpu', isStrict: true } as const;

/**
 * The device processes, where the settings and this machine ask for them: with CUDA, or when they
 * are wanted on the CPU. Photo workers run their own sessions otherwise, which is best there.
 */
export function createDevicePool(
  config: ServerConfig,
  logger: Logger,
  metrics: Metrics,
): DevicePool | undefined {
  const mayHaveCuda = config.provider.wanted !== 'cpu' && isProviderInstalled();
  if (!mayHaveCuda && config.deviceProcess !== 'on') return undefined;
  return new DevicePool({
    deviceIds: config.deviceIds,
    batches: { buckets: config.batchBuckets, maxDelayMs: config.batchMaxDelayMs },
    loadTimeoutMs: config.workerLoadTimeoutMs,
    hangTimeoutMs: config.workerHangMs,
    logger,
    metrics,
  });
}

/**
 * Starts the photo workers with the models of folders, and before them the device processes where
 * there are any: those run the generators then. Detectors stay with the workers.
 *
 * @throws Error when a process cannot start, or the provider policy cannot be met
 */
export async function startModels(
  pool: Pick<PhotoPool, 'start'>,
  devices: DevicePool | undefined,
  { provider, deviceProcess }: Pick<ServerConfig, 'provider' | 'deviceProcess'>,
  folders: readonly string[],
): Promise<LoadReport> {
  if (devices === undefined) return pool.start({ provider, folders });
  const mayFallBack = deviceProcess !== 'on' && !(provider.wanted === 'cuda' && provider.isStrict);
  let report: LoadReport;
  try {
    report = await devices.start({ provider, folders });
  } catch (error) {
    // A broken driver can end the process that tries it.
    if (!mayFallBack) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    report = { provider: 'cpu', providerReason: reason, models: [] };
  }
  const { providerReason } = report;
  if (report.provider === 'cpu' && deviceProcess !== 'on') {
    await devices.dismiss();
    const own = await pool.start({ provider: ON_CPU, folders });
    return { ...own, ...(providerReason !== undefined && { providerReason }) };
  }
  const failed = report.models.filter(({ reason }) => reason !== undefined);
  const sound = folders.filter((folder) => !failed.some((model) => model.folder === folder));
  const load = { provider: ON_CPU, folders: sound, devices: devices.sockets };
  const { models } = await pool.start(load);
  return { ...report, models: [...models, ...failed] };
}
