import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startModels } from '../../../server/device/start.ts';
import type { LoadReport, LoadRequest } from '../../../server/photo/job.ts';
import { createTestDevicePool, ON_CPU } from '../../support/device-pool.ts';
import { createModelRepository, removeModelRepository } from '../../support/model-repository.ts';

let repository: string;
let folders: string[];

beforeAll(async () => {
  repository = await createModelRepository();
  folders = ['face-detector', 'tint'].map((name) => join(repository, name, '1'));
});
afterAll(() => removeModelRepository(repository));

/** Photo workers that load whatever they are told to. */
function recordingPool() {
  const requests: LoadRequest[] = [];
  const start = (request: LoadRequest): Promise<LoadReport> => {
    requests.push(request);
    const models = request.folders.map((folder) => ({ folder }));
    return Promise.resolve({ provider: 'cpu', models });
  };
  return { requests, start };
}

test('a device process that finds no CUDA is let go: workers run the generators', async () => {
  const { devices } = createTestDevicePool();
  const pool = recordingPool();
  const settings = { provider: ON_CPU, deviceProcess: 'auto' } as const;
  expect((await startModels(pool, devices, settings, folders)).provider).toBe('cpu');
  expect(pool.requests).toEqual([{ provider: ON_CPU, folders }]);
  expect(devices.pids).toEqual([]);
  expect(devices.isReady).toBe(true);
});

test('one that ends while it tries CUDA is a fall-back, unless that is refused', async () => {
  const auto = { provider: { wanted: 'auto', isStrict: false }, deviceProcess: 'auto' } as const;
  const { devices } = createTestDevicePool({ loadTimeoutMs: 1 });
  const pool = recordingPool();
  const report = await startModels(pool, devices, auto, folders);
  expect(report.providerReason).toMatch(/device process ended \(no answer to start within 1 ms\)/);
  expect(pool.requests).toEqual([{ provider: ON_CPU, folders }]);

  const strict = { provider: { wanted: 'cuda', isStrict: true }, deviceProcess: 'auto' } as const;
  const refusing = createTestDevicePool({ loadTimeoutMs: 1 }).devices;
  await expect(startModels(pool, refusing, strict, folders)).rejects.toThrow(/ended/);
  await refusing.stop();
});

test('where device processes run, workers get their sockets and the sound models', async () => {
  const { devices } = createTestDevicePool();
  const pool = recordingPool();
  const broken = join(repository, 'none', '1');
  const settings = { provider: ON_CPU, deviceProcess: 'on' } as const;
  const report = await startModels(pool, devices, settings, [...folders, broken]);
  expect(pool.requests).toEqual([{ provider: ON_CPU, folders, devices: devices.sockets }]);
  expect(report.models).toContainEqual({
    folder: broken,
    reason: expect.stringMatching(/manifest/) as string,
  });
  await devices.stop();
});
