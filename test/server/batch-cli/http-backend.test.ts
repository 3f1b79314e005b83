import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Backend } from '../../../server/batch-cli/backend.ts';
import { openHttpBackend, parseRetryAfter } from '../../../server/batch-cli/http-backend.ts';

const PHOTO = {
  file: Buffer.from('photo'),
  contentHash: 'none',
  photoFormat: 'jpeg',
  format: 'jpeg',
} as const;

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A backend on a server that answers photos by the given answers, one after the other. */
async function openOn(
  answers: readonly RequestListener[],
  patienceMs?: number,
): Promise<{ readonly backend: Backend; readonly posts: string[] }> {
  const posts: string[] = [];
  server = createServer((request, response) => {
    if (request.method === 'POST') {
      posts.push(`${request.url} ${request.headers.authorization}`);
      answers[Math.min(posts.length, answers.length) - 1]?.(request, response);
      return;
    }
    const answer = request.url?.includes('/v1/info')
      ? { limits: { maxUploadBytes: 1000 } }
      : { name: 'tint', version: 2, versions: [{ version: 1 }, { version: 2 }] };
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => {
    server?.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const backend = await openHttpBackend({
    url: `http://127.0.0.1:${port}/`,
    key: 'a-key-of-16-letters',
    model: 'tint',
    version: undefined,
    values: { strength: '0.5' },
    ...(patienceMs !== undefined && { patienceMs }),
  });
  return { backend, posts };
}

const done: RequestListener = (_request, response) => response.setHeader('X-Faces', 2).end('made');

function refuse(status: number, code: string, retryAfter?: string): RequestListener {
  return (_request, response) => {
    response.writeHead(status, retryAfter === undefined ? {} : { 'Retry-After': retryAfter });
    response.end(JSON.stringify({ code, detail: 'the reason' }));
  };
}

const hangUp: RequestListener = (request) => request.socket.destroy();

const makeOver = (backend: Backend, signal = new AbortController().signal) =>
  backend.makeOver(PHOTO, signal);

describe('a service', () => {
  test('is asked for the version that serves at the start, with the key in a header', async () => {
    const { backend, posts } = await openOn([done]);
    expect(backend).toMatchObject({ modelVersion: 'tint/2', maxFileBytes: 1000 });
    const { file, faces } = await makeOver(backend);
    expect({ file: Buffer.from(file).toString(), faces }).toEqual({ file: 'made', faces: 2 });
    expect(posts).toEqual([
      '/v1/makeover?model=tint&version=2&strength=0.5&format=jpeg Bearer a-key-of-16-letters',
    ]);
  });

  test('that is busy is asked again as often as it says when', async () => {
    const busy = [503, 429, 503, 429, 503].map((status) => refuse(status, 'QUEUE_FULL', '0'));
    const { backend, posts } = await openOn([...busy, done]);
    await makeOver(backend);
    expect(posts).toHaveLength(6);
  });

  test('that hangs up or answers half is asked again', async () => {
    const half: RequestListener = (request, response) => {
      response.writeHead(200, { 'Content-Length': 100 }).write('half');
      setImmediate(() => request.socket.destroy());
    };
    const { backend, posts } = await openOn([hangUp, half, done]);
    expect(Buffer.from((await makeOver(backend)).file).toString()).toBe('made');
    expect(posts).toHaveLength(3);
  });

  test('that stays silent ends the run by exit code 3', async () => {
    const { backend } = await openOn([hangUp], 1);
    await expect(makeOver(backend)).rejects.toMatchObject({ name: 'RunError', exitCode: 3 });
  });

  test.each([
    [422, 'NO_FACE_FOUND', 1],
    [503, 'WORKER_FAILED', 1],
    [504, 'DEADLINE_EXCEEDED', 3],
  ])('that answers %d %s is asked as often as that may help', async (status, code, tries) => {
    const { backend, posts } = await openOn([refuse(status, code)]);
    await expect(makeOver(backend)).rejects.toMatchObject({ code, message: 'the reason' });
    expect(posts).toHaveLength(tries);
  });

  test('is left at once when the run is interrupted', async () => {
    const { backend, posts } = await openOn([refuse(503, 'QUEUE_FULL', '3600')]);
    const interrupt = new AbortController();
    const made = makeOver(backend, interrupt.signal);
    await expect.poll(() => posts.length).toBe(1);
    interrupt.abort();
    await expect(made).rejects.toThrow(/abort/i);
  });
});

test('Retry-After is read as seconds and as a date', () => {
  const nowMs = Date.parse('Fri, 01 Jan 2027 00:00:00 GMT');
  expect(parseRetryAfter('7', nowMs)).toBe(7000);
  expect(parseRetryAfter('Fri, 01 Jan 2027 00:00:05 GMT', nowMs)).toBe(5000);
  expect(parseRetryAfter('Fri, 01 Jan 2021 00:00:00 GMT', nowMs)).toBe(0);
  expect(parseRetryAfter('soon', nowMs)).toBeUndefined();
  expect(parseRetryAfter(null, nowMs)).toBeUndefined();
});
