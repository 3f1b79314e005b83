import { Counter, Histogram, type Registry } from 'prom-client';

export type DeviceMetrics = ReturnType<typeof createDeviceMetrics>;

/** What is counted of device processes and of the batches that they form. */
export function createDeviceMetrics(registers: Registry[]) {
  return {
    batchSize: new Histogram({
      name: 'dm_batch_size',
      help: 'Faces in a batch of a device process, without the padding.',
      buckets: [1, 2, 4, 8, 16, 32, 64],
      registers,
    }),
    batchPadding: new Histogram({
      name: 'dm_batch_padding_ratio',
      help: 'Share of padding in a batch of a device process.',
      buckets: [0, 0.125, 0.25, 0.375, 0.5, 0.75],
      registers,
    }),
    batchReleases: new Counter({
      name: 'dm_batch_release_total',
      help: 'Batches of device processes by what released them: full, deadline or idle.',
      labelNames: ['reason'],
      registers,
    }),
    deviceRestarts: new Counter({
      name: 'dm_device_restarts_total',
      help: 'Device processes replaced.',
      labelNames: ['reason'],
      registers,
    }),
  };
}
