import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allowOrigins } from '../../../server/access/cors.ts';
import { requireApiKey } from '../../../server/access/keys.ts';
import { storeSecret } from '../../../server/access/secrets.ts';
import { loadConfig } from '../../../server/config.ts';
import { handleErrors } from '../../../server/errors.ts';
import { guardHostAndOrigin } from '../../../server/guards.ts';
import { createLogger } from '../../../server/logger.ts';
import { send } from '../../support/http.ts';
import { type Listening, listenLocally } from '../../support/listening.ts';

const FRIEND = 'https://friend.example';
const STRANGER = 'https://stranger.example';

const running: Listening[] = [];
let some: string;
let all: string;
let none: string;

beforeAll(async () => {
  some = await start(`${FRIEND},http://localhost:3000`);
  all = await start('*');
  none = await start('');
});
afterAll(() => {
  for (const listening of running) listening.close();
});

/** A service that wants keys, with DM_CORS_ORIGINS. */
async function start(origins: string): Promise<string> {
  const { corsOrigins } = loadConfig({ DM_CORS_ORIGINS: origins });
  const app = express()
    .use(guardHostAndOrigin({ host: '127.0.0.1', allowedHosts: [], corsOrigins }))
    .use(allowOrigins(corsOrigins))
    .use('/v1', requireApiKey([storeSecret('a-key-of-sixteen-characters')]))
    .use((_request, response) => {
      response.json('answered');
    })
    .use(handleErrors(createLogger('silent')));
  const listening = await listenLocally(app);
  running.push(listening);
  return listening.url;
}

const preflight = (url: string, origin: string) =>
  send(
    `${url}/v1/makeover`,
    { Origin: origin, 'Access-Control-Request-Method': 'POST' },
    undefined,
    'OPTIONS',
  );

test('a listed origin may send and read, a key included', async () => {
  const { status, headers } = await preflight(some, FRIEND);
  expect(status).toBe(204);
  expect(headers).toMatchObject({
    'access-control-allow-origin': FRIEND,
    'access-control-allow-methods': expect.stringContaining('POST') as string,
    'access-control-allow-headers': expect.stringMatching(/X-API-Key.*X-Timeout-Ms/) as string,
    vary: 'Origin',
  });
  expect(headers).not.toHaveProperty('access-control-allow-credentials');
  const answer = await send(`${some}/`, { Origin: FRIEND });
  expect(answer.status).toBe(200);
  expect(answer.headers['access-control-allow-origin']).toBe(FRIEND);
  expect(answer.headers['access-control-expose-headers']).toMatch(/Retry-After.*X-Faces/);
  // A script can read why it was refused, too.
  const refused = await send(`${some}/v1/makeover`, { Origin: FRIEND }, Buffer.from('x'));
  expect(refused.status).toBe(401);
  expect(refused.headers['access-control-allow-origin']).toBe(FRIEND);
});

test.each([STRANGER, 'null', `${FRIEND}.evil.example`, 'http://friend.example'])(
  '%s is refused where it is not listed',
  async (origin) => {
    for (const url of [some, none]) {
      for (const answer of [await preflight(url, origin), await send(url, { Origin: origin })]) {
        expect(answer.status).toBe(403);
        expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
      }
    }
  },
);

test('all origins, where the operator says so', async () => {
  expect((await preflight(all, STRANGER)).status).toBe(204);
  const answer = await send(all, { Origin: STRANGER });
  expect(answer.headers['access-control-allow-origin']).toBe(STRANGER);
});

test('a browser that tells of another site without its origin cannot send', async () => {
  const headers = { 'Sec-Fetch-Site': 'cross-site' };
  expect((await send(none, headers, Buffer.from('x'))).status).toBe(403);
  expect((await send(none, headers)).status).toBe(200);
  expect((await send(none, { 'Sec-Fetch-Site': 'same-origin' }, Buffer.from('x'))).status).toBe(
    200,
  );
});

test.each(['friend.example', `${FRIEND}/`, `${FRIEND}/page`, 'https://'])(
  'DM_CORS_ORIGINS=%s is no origin',
  (origins) => {
    expect(() => loadConfig({ DM_CORS_ORIGINS: origins })).toThrow(/expected origins such as/);
  },
);
