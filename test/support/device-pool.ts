import { pino } from 'pino';
import { DevicePool, type DevicePoolOptions } from '../../server/device/device-pool.ts';
import { createMetrics, type Metrics } from '../../server/metrics.ts';

export const ON_CPU = { wanted: 'cpu', isStrict: true } as const;

/** A pool of one device process on the CPU; none has started yet. */
export function createTestDevicePool(options: Partial<DevicePoolOptions> = {}): {
  readonly devices: DevicePool;
  readonly metrics: Metrics;
} {
  const metrics = createMetrics();
  const devices = new DevicePool({
    deviceIds: [0],
    // Long enough that only what a test does releases a batch.
    batches: { buckets: [1, 2, 4, 8], maxDelayMs: 10_000 },
    loadTimeoutMs: 60_000,
    hangTimeoutMs: 30_000,
    logger: pino({ level: 'silent' }),
    metrics,
    ...options,
  });
  return { devices, metrics };
}
