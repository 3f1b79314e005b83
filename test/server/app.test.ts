import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAdminApp } from '../../server/admin.ts';
import { createApp } from '../../server/app.ts';
import { expectProblem, send } from '../support/http.ts';
import { createIdleContext } from '../support/idle-context.ts';

/** Both ports of a service whose models are being loaded still. */
const servers: Server[] = [];
let url: string;
let adminUrl: string;

beforeAll(async () => {
  const context = createIdleContext();
  url = await listen(createApp(context));
  adminUrl = await listen(createAdminApp(context));
});
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(app: RequestListener): Promise<string> {
  const server = createServer(app);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

describe('what is served', () => {
  test('models', async () => {
    const models = [
      {
        name: 'feminine',
        version: 3,
        title: 'feminine',
        state: 'loading',
        provider: 'loading',
        versions: [{ version: 3, state: 'loading', isLoaded: false }],
      },
    ];
    expect(await (await fetch(`${url}/v1/models`)).json()).toEqual({ models });
  });

  test('limits and types', async () => {
    const info = await (await fetch(`${url}/v1/info`)).json();
    expect(info).toMatchObject({
      version: '1.2.3',
      limits: {
        maxUploadBytes: 33_554_432,
        maxPixels: 50_000_000,
        maxFaces: 64,
        timeoutMs: 30_000,
      },
      inputTypes: ['image/jpeg', 'image/png', 'image/webp', 'image/avif'],
      outputTypes: ['image/jpeg', 'image/png', 'image/webp', 'image/avif'],
      state: 'starting',
      queue: 'free',
      provider: 'loading',
      models: [{ name: 'feminine', version: 3 }],
      access: { needsKey: false },
      privacy: { writesPhotosToDisk: false, resultCacheBytes: 64 * 2 ** 20 },
    });
  });

  test('alive, not ready', async () => {
    expect((await fetch(`${adminUrl}/livez`)).status).toBe(200);
    for (const path of [`${adminUrl}/readyz`, `${url}/healthz`]) {
      const response = await fetch(path);
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ status: 'starting' });
    }
  });

  test('a photo that comes before the models are loaded', async () => {
    const init = { method: 'POST', body: 'photo' };
    const response = await fetch(`${url}/v1/makeover?model=feminine`, init);
    expect(response.headers.get('retry-after')).toBe('1');
    await expectProblem(response, 503, 'MODEL_NOT_READY');
  });
});

test('a request id is taken over when it is plain, else made', async () => {
  const idOf = async (id: string) =>
    (await fetch(`${url}/v1/info`, { headers: { 'X-Request-Id': id } })).headers.get(
      'x-request-id',
    );
  expect(await idOf('abc-123')).toBe('abc-123');
  expect(await idOf('a b')).toMatch(/^[\w-]{36}$/);
});

describe('the path', () => {
  test.each(['/nothing', '/v1', '/v1/makeover/x', '/..%2f..%2fpackage.json', '/%E0%A4%A'])(
    '%s is a problem document',
    async (path) => {
      const response = await fetch(`${url}${path}`);
      await expectProblem(response, 404, 'NOT_FOUND');
    },
  );

  test.each([
    ['GET', '/v1/makeover', 'POST'],
    ['PUT', '/v1/makeover', 'POST'],
    ['POST', '/v1/models', 'GET, HEAD'],
    ['DELETE', '/healthz', 'GET, HEAD'],
  ])('%s %s is not offered', async (method, path, allow) => {
    const response = await fetch(`${url}${path}`, { method });
    expect(response.headers.get('allow')).toBe(allow);
    await expectProblem(response, 405, 'METHOD_NOT_ALLOWED');
  });
});

describe('the sender', () => {
  const get = (headers: Readonly<Record<string, string>>) => send(`${url}/v1/models`, headers);

  test('a foreign host name is refused on both ports, an allowed one is not', async () => {
    const foreign = { Host: 'evil.example' };
    expect((await get(foreign)).status).toBe(403);
    expect((await send(`${adminUrl}/readyz`, foreign)).status).toBe(403);
    expect((await get({ Host: '10.1.2.3:8080' })).status).toBe(403);
    for (const host of ['faces.example', 'LOCALHOST:9', '127.0.0.1', '[::1]:8080']) {
      expect((await get({ Host: host })).status, host).toBe(200);
    }
  });

  test('a page of another origin is refused, our own is not', async () => {
    const { host, origin } = new URL(url);
    expect((await get({ Host: host, Origin: origin })).status).toBe(200);
    for (const foreign of ['http://evil.example', 'http://localhost:1', 'null', 'x']) {
      const answer = await get({ Host: host, Origin: foreign });
      expect(answer.status, foreign).toBe(403);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'ORIGIN_NOT_ALLOWED' });
    }
  });
});
