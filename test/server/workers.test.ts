import sharp from 'sharp';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { Service } from '../../server/service.ts';
import { readComposite } from '../support/composites.ts';
import { expectProblem } from '../support/http.ts';
import { startTestService } from '../support/service.ts';

let service: Service | undefined;
let jpeg: Buffer;
/** Another photo. */
let otherJpeg: Buffer;

beforeAll(async () => {
  jpeg = await sharp(readComposite()).resize(160).jpeg().toBuffer();
  otherJpeg = await sharp(readComposite()).resize(180).jpeg().toBuffer();
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

async function start(settings: Readonly<Record<string, string>>): Promise<Service> {
  service = await startTestService(settings);
  return service;
}

function post({ url }: Service, signal?: AbortSignal, photo = jpeg): Promise<Response> {
  return fetch(`${url}/v1/makeover?model=tint`, {
    method: 'POST',
    body: new Uint8Array(photo),
    signal: signal ?? null,
  });
}

/** Sends a signal to all photo workers; SIGSTOP makes them hang as an endless native call does. */
function signalWorkers({ context }: Service, signal: NodeJS.Signals): void {
  for (const pid of context.pool.pids) process.kill(pid, signal);
}

async function untilInProgress({ context }: Service, photos: number): Promise<void> {
  await expect.poll(() => context.admission.inProgress).toBe(photos);
}

test('a worker that dies with a photo costs one retry, not the photo', async () => {
  const running = await start({ DM_WORKERS: '2' });
  const [first, second] = running.context.pool.pids;
  signalWorkers(running, 'SIGSTOP');
  const answer = post(running);
  await untilInProgress(running, 1);
  process.kill(first ?? 0, 'SIGKILL');
  await expect.poll(() => running.context.pool.pids).not.toContain(first);
  process.kill(second ?? 0, 'SIGCONT');
  expect((await answer).status).toBe(200);
});

test('a photo that ends two workers is given up and refused from then on; others go on', async () => {
  const running = await start({ DM_WORKERS: '2' });
  const { pids } = running.context.pool;
  signalWorkers(running, 'SIGSTOP');
  const answer = post(running);
  await untilInProgress(running, 1);
  for (const pid of pids) {
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => running.context.pool.pids).not.toContain(pid);
  }
  await expectProblem(await answer, 503, 'WORKER_FAILED');
  await expectProblem(await post(running), 422, 'PHOTO_QUARANTINED');
  expect((await post(running, undefined, otherJpeg)).status).toBe(200);
});

test('a hung worker is killed at the deadline and replaced', async () => {
  const running = await start({ DM_TIMEOUT_MS: '4000', DM_DRAIN_TIMEOUT_MS: '200' });
  const [hung] = running.context.pool.pids;
  signalWorkers(running, 'SIGSTOP');
  await expectProblem(await post(running), 504, 'DEADLINE_EXCEEDED');
  await expect.poll(() => running.context.pool.pids).not.toContain(hung);
  await expect.poll(() => running.context.pool.isReady).toBe(true);
  expect((await post(running)).status).toBe(200);

  // Photos that outlast the drain timeout are cut off.
  signalWorkers(running, 'SIGSTOP');
  const failed = expect(post(running)).rejects.toThrow();
  await untilInProgress(running, 1);
  await running.stop();
  service = undefined;
  await failed;
});

test('a hung worker is killed at the deadline also when its caller has gone', async () => {
  const running = await start({ DM_TIMEOUT_MS: '3000' });
  const [hung] = running.context.pool.pids;
  signalWorkers(running, 'SIGSTOP');
  const abort = new AbortController();
  const answer = expect(post(running, abort.signal)).rejects.toThrow(/abort/);
  await untilInProgress(running, 1);
  // Until its photo has gone to the worker.
  await new Promise((resolve) => setTimeout(resolve, 200));
  abort.abort();
  await answer;
  await untilInProgress(running, 0);
  await expect.poll(() => running.context.pool.pids).not.toContain(hung);
});

test('a worker that gives no sign of life is replaced before the deadline, its photo retried', async () => {
  const running = await start({ DM_WORKER_HANG_MS: '1000' });
  const [hung] = running.context.pool.pids;
  signalWorkers(running, 'SIGSTOP');
  expect((await post(running)).status).toBe(200);
  expect(running.context.pool.pids).not.toContain(hung);
});

test('a worker that has grown is replaced after its photo', async () => {
  const running = await start({ DM_WORKER_MAX_RSS_BYTES: String(64 * 2 ** 20) });
  const [grown] = running.context.pool.pids;
  expect((await post(running)).status).toBe(200);
  await expect.poll(() => running.context.pool.pids).not.toContain(grown);
  expect((await post(running)).status).toBe(200);
});

test('a full queue answers 503 with Retry-After; stopping finishes what is in it', async () => {
  const running = await start({ DM_QUEUE_MAX_REQUESTS: '2' });
  signalWorkers(running, 'SIGSTOP');
  const abort = new AbortController();
  const first = post(running);
  await untilInProgress(running, 1);
  const second = post(running, abort.signal);
  await untilInProgress(running, 2);
  const full = await post(running);
  expect(Number(full.headers.get('retry-after'))).toBeGreaterThan(0);
  await expectProblem(full, 503, 'QUEUE_FULL');

  // One that leaves makes room.
  abort.abort();
  await expect(second).rejects.toThrow(/abort/);
  await untilInProgress(running, 1);
  const third = post(running);
  await untilInProgress(running, 2);

  const stopped = running.stop();
  service = undefined;
  const ready = await fetch(`${running.adminUrl}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ status: 'draining' });
  signalWorkers(running, 'SIGCONT');
  for (const response of await Promise.all([first, third])) {
    expect(response.status).toBe(200);
    expect((await sharp(await response.arrayBuffer()).metadata()).width).toBe(160);
  }
  await stopped;
  await expect(post(running)).rejects.toThrow();
});
