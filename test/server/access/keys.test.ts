import express from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { identifyClient, networkOf } from '../../../server/access/client.ts';
import { requireAdminKey, requireApiKey } from '../../../server/access/keys.ts';
import { findSecret, storeSecret } from '../../../server/access/secrets.ts';
import { handleErrors } from '../../../server/errors.ts';
import { createLogger } from '../../../server/logger.ts';
import { logRequests } from '../../../server/request-log.ts';
import { expectProblem } from '../../support/http.ts';
import { type Listening, listenLocally } from '../../support/listening.ts';

const ALICE = 'a-key-of-sixteen-characters';
const BOB = 'another-key-of-that-length';
const ADMIN = 'the-key-of-the-administrator';
const keys = [storeSecret(ALICE, 'alice'), storeSecret(BOB)];

const logger = createLogger('silent');
let closed: Listening;
let open: Listening;

beforeAll(async () => {
  closed = await listenLocally(
    express()
      .use(logRequests(logger))
      .use(identifyClient(keys))
      .use(['/v1', '/v2'], requireApiKey(keys))
      .use('/admin', requireAdminKey(storeSecret(ADMIN)))
      .use((_request, response) => {
        response.json(response.locals.client);
      })
      .use(handleErrors(logger)),
  );
  open = await listenLocally(
    express()
      .use(logRequests(logger))
      .use(['/v1', '/v2'], requireApiKey([]))
      .use('/admin', requireAdminKey(undefined))
      .use((_request, response) => {
        response.end();
      })
      .use(handleErrors(logger)),
  );
});
afterAll(() => {
  closed.close();
  open.close();
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${closed.url}${path}`, { headers });

describe('a key', () => {
  test('is needed, by either header', async () => {
    const missing = await get('/v1/makeover');
    expect(missing.headers.get('www-authenticate')).toMatch(/^Bearer /);
    const problem = await expectProblem(missing, 401, 'KEY_MISSING');
    expect(problem.detail).toMatch(/X-API-Key: KEY.*Authorization: Bearer KEY/);
    expect((await get('/v1/makeover', { 'X-API-Key': ALICE })).status).toBe(200);
    expect((await get('/v1/makeover', { Authorization: `bearer ${BOB}` })).status).toBe(200);
    await expectProblem(
      await get('/v1/makeover', { Authorization: 'Basic eDp5' }),
      401,
      'KEY_MISSING',
    );
  });

  test.each([`${ALICE}x`, ALICE.slice(1), ALICE.toUpperCase(), ADMIN, 'x'])(
    '%s is a wrong one, and is not repeated',
    async (key) => {
      const problem = await expectProblem(
        await get('/v1/makeover', { 'X-API-Key': key }),
        403,
        'KEY_WRONG',
      );
      expect(problem.detail).not.toContain(key === 'x' ? '"x"' : key);
    },
  );

  test.each(['/', '/v1/info', '/v1/info/', '/V1/Info', '/v2/health/ready', '/assets/main.js'])(
    '%s needs none',
    async (path) => {
      expect((await get(path)).status).toBe(200);
    },
  );

  test.each(['/v1/models', '/V1/MAKEOVER', '/v1/info/x', '/v1/new', '/v2/models/a/infer'])(
    '%s needs one',
    async (path) => {
      expect((await get(path)).status).toBe(401);
    },
  );

  test('is not needed when none is set', async () => {
    expect((await fetch(`${open.url}/v1/makeover`)).status).toBe(200);
  });
});

describe('the admin routes', () => {
  test('need their own key', async () => {
    await expectProblem(await get('/admin/models'), 401, 'KEY_MISSING');
    await expectProblem(await get('/admin/models', { 'X-API-Key': ALICE }), 403, 'KEY_WRONG');
    expect((await get('/admin/models', { 'X-API-Key': ADMIN })).status).toBe(200);
  });

  test('are off without one, also for a request that has some key', async () => {
    const headers = { 'X-API-Key': ADMIN };
    const response = await fetch(`${open.url}/admin/models`, { headers });
    const problem = await expectProblem(response, 403, 'ADMIN_OFF');
    expect(problem.detail).toContain('DM_ADMIN_KEY_FILE');
  });
});

describe('the client', () => {
  const clientOf = async (headers: Record<string, string>) =>
    (await (await get('/', headers)).json()) as { id: string; name?: string };

  test('is told by a known key, else by the address', async () => {
    const alice = await clientOf({ 'X-API-Key': ALICE });
    expect(alice).toEqual({
      id: expect.stringMatching(/^key:[\da-f]{16}$/) as string,
      name: 'alice',
    });
    expect(await clientOf({ Authorization: `Bearer ${ALICE}` })).toEqual(alice);
    expect((await clientOf({ 'X-API-Key': BOB })).id).not.toBe(alice.id);
    expect(await clientOf({ 'X-API-Key': 'unknown' })).toEqual({ id: 'ip:127.0.0.1' });
    expect(await clientOf({ 'X-Forwarded-For': '192.0.2.9' })).toEqual({ id: 'ip:127.0.0.1' });
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['', ''],
  ])('of the address %s is the network %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

test('a secret is found among several, and stored only as its hash', () => {
  expect(findSecret(BOB, keys)).toBe(keys[1]);
  expect(findSecret('', keys)).toBeUndefined();
  expect(JSON.stringify(keys)).not.toContain(BOB);
});
