import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Service } from '../../server/service.ts';
import { readComposite } from '../support/composites.ts';
import { expectProblem } from '../support/http.ts';
import { startTestService } from '../support/service.ts';

let service: Service;
let jpeg: Buffer;

beforeAll(async () => {
  service = await startTestService({ DM_CACHE_MB: '64' });
  jpeg = await sharp(readComposite()).resize(160).jpeg().toBuffer();
});
afterAll(() => service.stop());

function post(query: string, headers: Readonly<Record<string, string>> = {}, photo = jpeg) {
  const init = { method: 'POST', headers, body: new Uint8Array(photo) };
  return fetch(`${service.url}/v1/makeover?${query}`, init);
}

/** How often workers have decoded a photo. */
async function decodes(): Promise<number> {
  const { values } = await service.context.metrics.stageDuration.get();
  const count = values.find(
    ({ metricName, labels }) => metricName?.endsWith('_count') && labels.stage === 'decode',
  );
  return count?.value ?? 0;
}

test('the same makeover comes from the cache, another does not', async () => {
  const first = await post('model=tint');
  const before = await decodes();
  const second = await post('model=tint');
  expect(first.headers.get('x-cache')).toBe('miss');
  expect(second.headers.get('x-cache')).toBe('hit');
  expect(await decodes()).toBe(before);
  for (const name of ['etag', 'content-type', 'content-length', 'x-faces', 'x-model-version']) {
    expect(second.headers.get(name), name).toBe(first.headers.get(name));
  }
  const [a, b] = await Promise.all([first.arrayBuffer(), second.arrayBuffer()]);
  expect(Buffer.from(a).equals(Buffer.from(b))).toBe(true);

  const other = await post('model=identity');
  expect(other.headers.get('x-cache')).toBe('miss');
  expect(other.headers.get('etag')).not.toBe(first.headers.get('etag'));
});

test('a client that has the result gets 304 without a decode', async () => {
  const first = await post('model=tint&strength=0.5');
  const etag = first.headers.get('etag') ?? '';
  const before = await decodes();
  const again = await post('model=tint&strength=0.5', { 'If-None-Match': `"other", ${etag}` });
  expect(again.status).toBe(304);
  expect(await again.text()).toBe('');
  expect(again.headers.get('etag')).toBe(etag);
  expect(await decodes()).toBe(before);
  expect((await post('model=tint&strength=0.6', { 'If-None-Match': etag })).status).toBe(200);
});

test('a refusal has no tag', async () => {
  const empty = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'grey' } })
    .jpeg()
    .toBuffer();
  const response = await post('model=tint', {}, empty);
  expect(response.headers.get('etag')).toBeNull();
  await expectProblem(response, 422, 'NO_FACE_FOUND');
});

test('every stage is timed, in the answer and in the metrics', async () => {
  const response = await post('model=tint&strength=0.7');
  const stages = (response.headers.get('server-timing') ?? '').split(', ');
  const names = stages.map((stage) => stage.split(';')[0]);
  expect(names).toEqual(['upload', 'queue', 'decode', 'detect', 'infer', 'blend', 'encode']);
  const { values } = await service.context.metrics.stageDuration.get();
  for (const name of names) {
    expect(
      values.some(({ labels }) => labels.stage === name),
      name,
    ).toBe(true);
  }
});

test('X-Timeout-Ms ends a photo that waits, and is checked', async () => {
  const [pid] = service.context.pool.pids;
  process.kill(pid ?? 0, 'SIGSTOP');
  try {
    const answer = post('model=tint&strength=0.8', { 'X-Timeout-Ms': '100' });
    await expectProblem(await answer, 504, 'DEADLINE_EXCEEDED');
  } finally {
    process.kill(pid ?? 0, 'SIGCONT');
  }
  // The worker has not been ended for that: it left the photo, and takes the next.
  expect((await post('model=tint&strength=0.9')).status).toBe(200);
  expect(service.context.pool.pids).toEqual([pid]);
  await expectProblem(await post('model=tint', { 'X-Timeout-Ms': '0' }), 400, 'BAD_PARAMETER');
});

test('the pool proves that its workers can work, and takes recent work as proof', async () => {
  const { pool } = service.context;
  await post('model=tint&strength=0.95');
  const { isReady, workers } = await pool.probe();
  expect(isReady).toBe(true);
  expect(workers).toHaveLength(1);
  expect(workers[0]).toMatchObject({ state: 'idle', pid: pool.pids[0] });
  expect(workers[0]?.provenMsAgo).toBeGreaterThanOrEqual(0);
});
