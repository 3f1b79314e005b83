import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { InfoView } from '../../../models/contract/api/service.ts';
import { isProviderInstalled } from '../../../server/cuda/libraries.ts';
import { main as serve } from '../../../server/main.ts';
import type { Service } from '../../../server/service.ts';
import { readComposite } from '../../support/composites.ts';
import { startTestService } from '../../support/service.ts';

let service: Service;
let jpeg: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  jpeg = new Uint8Array(await sharp(readComposite()).resize(160).jpeg().toBuffer());
  service = await startTestService({
    DM_DEVICE_PROCESS: 'on',
    DM_WORKERS: '2',
    DM_BATCH_MAX_DELAY_MS: '1000',
  });
});
afterAll(() => service.stop());
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function makeOver(url: string): Promise<Buffer> {
  const response = await fetch(`${url}/v1/makeover?model=tint&format=png`, {
    method: 'POST',
    body: jpeg,
  });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

test('photos by way of the device process are what workers alone make of them', async () => {
  const photos = await Promise.all([makeOver(service.url), makeOver(service.url)]);
  const alone = await startTestService();
  try {
    const expected = await makeOver(alone.url);
    for (const photo of photos) expect(photo.equals(expected)).toBe(true);
    expect(alone.context.devices).toBeUndefined();
  } finally {
    await alone.stop();
  }
  const { metrics } = service.context;
  await expect.poll(async () => (await metrics.batchSize.get()).values.find(isSum)?.value).toBe(2);
});

function isSum({ metricName }: { readonly metricName?: string }): boolean {
  return metricName?.endsWith('_sum') ?? false;
}

test('without a device process no photo can be made over, and the health says so', async () => {
  const { context, url } = service;
  const [pid = 0] = context.devices?.pids ?? [];
  const answer = makeOver(url);
  process.kill(pid, 'SIGKILL');
  await expect.poll(async () => (await fetch(`${url}/healthz`)).status).toBe(503);
  await expect.poll(async () => (await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await answer).length).toBeGreaterThan(0);
});

test('DM_EP=cpu gives no reason against CUDA', async () => {
  const info = (await (await fetch(`${service.url}/v1/info`)).json()) as InfoView;
  expect(info.provider).toBe('cpu');
  expect(info.providerReason).toBeUndefined();
});

// Where CUDA does run, there is no fall-back to see.
test.runIf(!isProviderInstalled())('a fall-back is told, and strict refuses it', async () => {
  const fallen = await startTestService({ DM_EP: 'cuda', DM_LOG_LEVEL: 'silent' });
  try {
    const info = (await (await fetch(`${fallen.url}/v1/info`)).json()) as InfoView;
    expect(info.provider).toBe('cpu');
    expect(info.providerReason).toMatch(/not installed: run npm run setup:cuda|DM_EP=cpu/);
    expect(info.models.every(({ provider }) => provider === 'cpu')).toBe(true);
  } finally {
    await fallen.stop();
  }
  vi.stubEnv('DM_EP', 'cuda');
  vi.stubEnv('DM_EP_STRICT', 'true');
  vi.stubEnv('DM_PORT', '0');
  vi.stubEnv('DM_ADMIN_PORT', '0');
  vi.stubEnv('DM_WORKERS', '1');
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(await serve([])).toBe(2);
  expect(stderr.mock.calls.join('')).toMatch(
    /DM_EP=cuda cannot run here: .*setup:cuda.*DM_EP_STRICT=false/,
  );
});
