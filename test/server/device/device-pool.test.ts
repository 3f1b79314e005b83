import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tensor, TensorMap } from '../../../models/contract/tensor.ts';
import { DeviceClient } from '../../../server/device/device-client.ts';
import type { DevicePool } from '../../../server/device/device-pool.ts';
import type { Metrics } from '../../../server/metrics.ts';
import { loadModels } from '../../../server/models/model-set.ts';
import { createTestDevicePool, ON_CPU } from '../../support/device-pool.ts';
import {
  createModelRepository,
  publishGenerator,
  removeModelRepository,
} from '../../support/model-repository.ts';

const SHIPPED = fileURLToPath(new URL('../../../models/feminine', import.meta.url));
const [VERSION = ''] = readdirSync(SHIPPED);
const FEMININE = join(SHIPPED, VERSION);
const CROP = { height: 100, width: 80 };

let repository: string;
let devices: DevicePool;
let metrics: Metrics;
/** Two photo workers. */
let clients: DeviceClient[];

beforeAll(async () => {
  repository = await createModelRepository();
  ({ devices, metrics } = createTestDevicePool());
  const folders = [FEMININE, join(repository, 'tint', '1')];
  const report = await devices.start({ provider: ON_CPU, folders });
  expect(report).toEqual({ provider: 'cpu', models: folders.map((folder) => ({ folder })) });
  clients = [new DeviceClient(devices.sockets), new DeviceClient(devices.sockets)];
  for (const client of clients) await client.connect();
});
afterAll(async () => {
  for (const client of clients) client.close();
  await devices.stop();
  await removeModelRepository(repository);
});

function crops(count: number, seed: number): TensorMap {
  const { height, width } = CROP;
  const data = Uint8Array.from(
    { length: count * height * width * 3 },
    (_, i) => (i * 37 + seed * 101 + (i >> 7)) % 256,
  );
  return { image: { type: 'uint8', dims: [count, height, width, 3], data } };
}

function run(worker: number, model: string, feeds: TensorMap): Promise<TensorMap> {
  const client = clients[worker];
  if (client === undefined) throw new Error(`there is no worker ${worker}`);
  return client.runner(model).run(feeds);
}

/** Sum and count of the faces of all batches so far. */
async function batchesSoFar(): Promise<{ faces: number; batches: number }> {
  const { values } = await metrics.batchSize.get();
  const find = (suffix: string) =>
    values.find(({ metricName }) => metricName === `dm_batch_size_${suffix}`)?.value ?? 0;
  return { faces: find('sum'), batches: find('count') };
}

test('the faces of two photos share a batch; each gets its own, as an unbatched run gives it', async () => {
  const [one, two] = [crops(1, 1), crops(2, 2)];
  const [first, second] = await Promise.all([
    run(0, `feminine/${VERSION}`, one),
    run(1, `feminine/${VERSION}`, two),
  ]);
  await expect.poll(batchesSoFar).toEqual({ faces: 3, batches: 1 });
  const { values } = await metrics.batchReleases.get();
  expect(values).toEqual([expect.objectContaining({ labels: { reason: 'idle' }, value: 1 })]);
  const padding = (await metrics.batchPadding.get()).values;
  expect(padding.find(({ metricName }) => metricName?.endsWith('_sum'))?.value).toBe(0.25);

  const { models } = await loadModels({ provider: ON_CPU, folders: [FEMININE] });
  const [own] = models.generators.values();
  if (own === undefined) throw new Error('the shipped model was not loaded');
  for (const [feeds, outputs] of [
    [one, first],
    [two, second],
  ] as const) {
    const alone = await own.runner.run(feeds);
    expect(Object.keys(outputs).sort()).toEqual(['residual', 'result']);
    for (const { output, tolerance } of own.manifest.golden.outputs) {
      expect(outputs[output]?.dims).toEqual(alone[output]?.dims);
      expect(largestDifference(outputs[output], alone[output])).toBeLessThanOrEqual(
        tolerance['cpu']?.maxAbs ?? 0,
      );
    }
  }
});

function largestDifference(a: Tensor | undefined, b: Tensor | undefined): number {
  if (a === undefined || b === undefined) return Number.NaN;
  const differences = Float64Array.from(a.data, (value, i) => Math.abs(value - (b.data[i] ?? 0)));
  return Math.max(...differences);
}

test('a wrong model or feed is an error of its own; the device process goes on', async () => {
  const [pid] = devices.pids;
  await expect(run(0, 'feminine/999', crops(1, 1))).rejects.toThrow(/has no model feminine\/999/);
  const { image } = crops(1, 1);
  if (image === undefined) throw new Error('no image');
  const cut = { image: { ...image, dims: [1, 100, 80, 4] } };
  await expect(run(0, 'tint/1', cut)).rejects.toThrow(/image is uint8 \[1,100,80,4\], expected/);
  await expect(run(0, 'tint/1', { ...crops(1, 1), more: image })).rejects.toThrow(/takes 1 feeds/);
  expect(devices.pids).toEqual([pid]);
});

test('models come and go while others serve', async () => {
  const kept = [FEMININE, join(repository, 'tint', '1')];
  const added = await publishGenerator(join(repository, 'more'), 'darker', [-9, -9, -9]);
  expect(await devices.hold([...kept, added])).toEqual(
    [...kept, added].map((folder) => ({ folder })),
  );
  const [answer] = await Promise.all([
    run(0, 'darker/1', crops(1, 3)),
    run(1, 'tint/1', crops(1, 3)),
  ]);
  expect(answer['residual']?.data[0]).toBe(-9);

  // The same folder with another content: published anew.
  await rm(added, { recursive: true });
  await publishGenerator(join(repository, 'more'), 'darker', [-3, -3, -3]);
  await devices.hold([...kept, added]);
  const [anew] = await Promise.all([
    run(0, 'darker/1', crops(1, 3)),
    run(1, 'tint/1', crops(1, 3)),
  ]);
  expect(anew['residual']?.data[0]).toBe(-3);

  const broken = join(repository, 'identity', '2');
  const [, report] = await devices.hold([join(repository, 'tint', '1'), broken]);
  expect(report).toMatchObject({ folder: broken, reason: expect.stringMatching(/\w/) as string });
  await expect(run(0, 'darker/1', crops(1, 3))).rejects.toThrow(/has no model darker\/1/);
});

describe('a device process that ends is replaced, and its crops are sent once more', () => {
  async function loseOne(end: (pid: number) => void): Promise<void> {
    const [pid = 0] = devices.pids;
    // It hangs, as in an endless native call.
    process.kill(pid, 'SIGSTOP');
    const answers = [run(0, 'tint/1', crops(1, 4)), run(1, 'tint/1', crops(2, 5))];
    end(pid);
    const outputs = await Promise.all(answers);
    expect(outputs.map(({ residual }) => residual?.dims[0])).toEqual([1, 2]);
    expect(outputs[1]?.['residual']?.data.slice(0, 3)).toEqual(Float32Array.of(40, -20, 10));
    expect(devices.pids).not.toContain(pid);
    expect(devices.isReady).toBe(true);
  }

  test('when it crashes', async () => {
    await loseOne((pid) => process.kill(pid, 'SIGKILL'));
    const { values } = await metrics.deviceRestarts.get();
    expect(values[0]?.value).toBe(1);
  });

  test('when it hangs', async () => {
    await devices.stop();
    for (const client of clients) client.close();
    ({ devices, metrics } = createTestDevicePool({ hangTimeoutMs: 1000 }));
    await devices.start({ provider: ON_CPU, folders: [join(repository, 'tint', '1')] });
    clients = [new DeviceClient(devices.sockets), new DeviceClient(devices.sockets)];
    await loseOne(() => {});
  });
});
