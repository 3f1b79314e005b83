import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Service } from '../../../server/service.ts';
import { readComposite } from '../../support/composites.ts';
import { startTestService } from '../../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startTestService();
  const jpeg = await sharp(readComposite()).resize(160).jpeg().toBuffer();
  const plain = await sharp({
    create: { width: 64, height: 64, channels: 3, background: '#999' },
  })
    .png()
    .toBuffer();
  await post('/v1/makeover?model=tint', jpeg);
  await post('/v1/makeover?model=tint', plain);
  await fetch(`${service.url}/v1/models/tint`);
  await fetch(`${service.url}/secret-name.jpg`);
});
afterAll(() => service.stop());

async function post(path: string, body: Buffer): Promise<void> {
  const response = await fetch(service.url + path, { method: 'POST', body: new Uint8Array(body) });
  await response.arrayBuffer();
}

async function scrape(): Promise<string> {
  return (await fetch(`${service.adminUrl}/metrics`)).text();
}

test('requests are counted by their routes, not by their paths', async () => {
  for (const line of [
    'dm_http_requests_total{route="/v1/makeover",status="200"} 1',
    'dm_http_requests_total{route="/v1/makeover",status="422"} 1',
    'dm_http_requests_total{route="/v1/models/:name",status="200"} 1',
    'dm_http_requests_total{route="none",status="404"} 1',
    'dm_no_face_total 1',
    'dm_rejected_total{reason="NO_FACE_FOUND"} 1',
    'dm_faces_per_image_count 1',
  ]) {
    await expect.poll(scrape).toContain(line);
  }
  expect(await scrape()).not.toContain('secret-name');
});

test('stages, memory, workers, queue, event loop and Node itself are measured', async () => {
  const text = await scrape();
  const valueOf = (series: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    );
  for (const stage of ['upload', 'queue', 'decode', 'detect', 'infer', 'blend', 'encode']) {
    expect(
      valueOf(`dm_stage_duration_seconds_count{stage="${stage}"}`),
      stage,
    ).toBeGreaterThanOrEqual(1);
  }
  expect(valueOf('dm_rss_bytes{process="http"}')).toBeGreaterThan(1e7);
  if (process.platform === 'linux') {
    expect(valueOf('dm_rss_bytes{process="workers"}')).toBeGreaterThan(1e7);
  }
  expect(valueOf('dm_workers{state="wanted"}')).toBe(1);
  expect(valueOf('dm_workers{state="running"}')).toBe(1);
  expect(valueOf('dm_queue_requests')).toBe(0);
  expect(valueOf('dm_event_loop_lag_seconds')).toBeGreaterThanOrEqual(0);
  expect(text).toContain('process_cpu_seconds_total');
});
