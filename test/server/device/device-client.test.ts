import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TensorMap } from '../../../models/contract/tensor.ts';
import { DeviceClient } from '../../../server/device/device-client.ts';
import { encodeFrame, FrameReader } from '../../../server/device/frames.ts';
import type { RunRequest } from '../../../server/device/messages.ts';

const FEEDS: TensorMap = { image: { type: 'uint8', dims: [1, 1], data: Uint8Array.of(7) } };

let folder: string;
let client: DeviceClient;
const servers: Server[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deep-makeover-client-'));
});
afterEach(async () => {
  client.close();
  for (const server of servers.splice(0)) server.close();
  await rm(folder, { recursive: true });
});

/** A device process that answers each request as the test says. */
async function listen(
  name: string,
  answer: (request: RunRequest, socket: Socket) => void,
): Promise<string> {
  const path = join(folder, name);
  const server = createServer((socket) => {
    const reader = new FrameReader();
    for (const part of encodeFrame({ isWelcome: true })) socket.write(part);
    socket.on('data', (chunk) => {
      for (const request of reader.read(chunk)) answer(request as RunRequest, socket);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(path, resolve);
  });
  return path;
}

function send(socket: Socket, { id, feeds }: RunRequest): void {
  for (const part of encodeFrame({ id, outputs: feeds })) socket.write(part);
}

test('requests carry their lane; a lost one is sent once more, to be run alone', async () => {
  const seen: Pick<RunRequest, 'lane' | 'isRetry' | 'model'>[] = [];
  const path = await listen('0.sock', (request, socket) => {
    const { lane, isRetry, model } = request;
    seen.push({ lane, isRetry, model });
    if (isRetry) send(socket, request);
    else socket.destroy();
  });
  client = new DeviceClient([path]);
  client.lane = 'batch';
  expect(await client.runner('tint/1').run(FEEDS)).toEqual(FEEDS);
  expect(seen).toEqual([
    { lane: 'batch', isRetry: false, model: 'tint/1' },
    { lane: 'batch', isRetry: true, model: 'tint/1' },
  ]);
});

test('another card takes over at once', async () => {
  const dead = await listen('0.sock', (_request, socket) => socket.destroy());
  const alive = await listen('1.sock', (request, socket) => send(socket, request));
  client = new DeviceClient([dead, alive]);
  await client.connect();
  for (let i = 0; i < 3; i++) expect(await client.runner('tint/1').run(FEEDS)).toEqual(FEEDS);
});

test('faces that end two device processes are given up', async () => {
  let requests = 0;
  const path = await listen('0.sock', (_request, socket) => {
    requests++;
    socket.destroy();
  });
  client = new DeviceClient([path]);
  await expect(client.runner('tint/1').run(FEEDS)).rejects.toThrow(
    expect.objectContaining({ code: 'WORKER_FAILED' }),
  );
  expect(requests).toBe(2);
});

test('where no device process comes back, the photo is refused for now', async () => {
  client = new DeviceClient([join(folder, 'none.sock')], 100);
  await expect(client.runner('tint/1').run(FEEDS)).rejects.toThrow(/being replaced: try again/);
});
