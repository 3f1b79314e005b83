import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Service } from '../../../server/service.ts';
import { readComposite } from '../../support/composites.ts';
import { startTestService } from '../../support/service.ts';
import { StageStopper } from '../../support/stage-stopper.ts';

/** More than the buffers of a connection hold, so that sending takes until it is read. */
const LARGE_SIDE = 1500;

let stopper: StageStopper;
let service: Service;
let jpeg: Buffer;
let pid: number;

beforeAll(async () => {
  stopper = new StageStopper();
  service = await startTestService({ DM_WORKERS: '1', DM_WORKER_HANG_MS: '60000' });
  jpeg = await sharp(readComposite()).resize(160).jpeg().toBuffer();
  pid = service.context.pool.pids[0] ?? 0;
});
// Whatever was left, the same worker still works, and nobody holds a place.
afterEach(async () => {
  await untilInProgress(0);
  const answer = await fetch(`${service.url}/v1/makeover?model=tint`, {
    method: 'POST',
    body: new Uint8Array(jpeg),
  });
  expect(answer.status).toBe(200);
  expect(service.context.pool.pids).toEqual([pid]);
});
afterAll(async () => {
  await service.stop();
  stopper.remove();
});

async function untilInProgress(photos: number): Promise<void> {
  await expect.poll(() => service.context.admission.inProgress).toBe(photos);
}

/** Begins a makeover; its client goes away by `destroy`. */
function post(body: Buffer, contentLength = body.length, query = 'model=tint'): ClientRequest {
  const outgoing = request(`${service.url}/v1/makeover?${query}`, {
    method: 'POST',
    agent: false,
    headers: { 'Content-Length': contentLength },
  });
  outgoing.on('error', () => {});
  outgoing.write(body);
  if (body.length === contentLength) outgoing.end();
  return outgoing;
}

async function expectTruthfulHealth(): Promise<void> {
  expect((await fetch(`${service.adminUrl}/livez`)).status).toBe(200);
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
}

describe('a client that goes away', () => {
  test('during the upload', async () => {
    const client = post(jpeg.subarray(0, 1000), jpeg.length);
    await untilInProgress(1);
    client.destroy();
    await untilInProgress(0);
  });

  test('in the queue: its place is free at once, the others go on', async () => {
    stopper.stopAt('decode');
    const first = post(jpeg);
    await stopper.untilStopped(pid);
    const second = post(jpeg);
    await untilInProgress(2);
    second.destroy();
    await untilInProgress(1);
    await expectTruthfulHealth();
    const answered = once(first, 'response');
    stopper.release(pid);
    const [answer] = (await answered) as [IncomingMessage];
    expect(answer.statusCode).toBe(200);
    answer.resume();
  });

  test.each(['decode', 'detect', 'infer', 'blend', 'encode'])(
    'in the stage %s: its place is free at once, its worker soon',
    async (stage) => {
      stopper.stopAt(stage);
      const client = post(jpeg);
      await stopper.untilStopped(pid);
      await expectTruthfulHealth();
      client.destroy();
      await untilInProgress(0);
      await expectTruthfulHealth();
      stopper.release(pid);
    },
  );

  test('while the result is sent', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const size = { width: LARGE_SIDE, height: LARGE_SIDE, channels: 3 } as const;
    const photo = await sharp({ create: { ...size, noise, background: '#888' } })
      .composite([{ input: readComposite(), gravity: 'centre' }])
      .jpeg()
      .toBuffer();
    const client = post(photo, photo.length, 'model=tint&format=png');
    const [answer] = (await once(client, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(200);
    expect(service.context.admission.inProgress).toBe(1);
    client.destroy();
    await untilInProgress(0);
  });
});
