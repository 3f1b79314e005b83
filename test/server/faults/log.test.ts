import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readComposite } from '../../support/composites.ts';
import { createModelRepository, removeModelRepository } from '../../support/model-repository.ts';
import { sendRaw } from '../../support/raw-http.ts';
import { startServiceProcess } from '../../support/service-process.ts';

const KEY = 'k3y-of-the-client-alice';
const WRONG_KEY = 'wr0ng-key-of-a-stranger';
const ADMIN_KEY = 'adm1n-key-of-the-operator';
const FILE_NAME = 'anna-at-home';
/** Every write to it fails with ENOSPC, as on a disk that is full. */
const FULL_DISK = '/dev/full';

/** Two processes start from sources, which takes long on a busy machine. */
const TIMEOUT_MS = 120_000;

let repository: string;
let folder: string;
let jpeg: Buffer;

beforeAll(async () => {
  repository = await createModelRepository();
  folder = mkdtempSync(join(tmpdir(), 'deep-makeover-log-'));
  jpeg = await sharp(readComposite()).resize(160).jpeg().toBuffer();
});
afterAll(async () => {
  await removeModelRepository(repository);
  rmSync(folder, { recursive: true });
});

function form(file: Buffer): FormData {
  const data = new FormData();
  data.set('model', 'tint');
  data.set('image', new Blob([new Uint8Array(file)]), `${FILE_NAME}.jpg`);
  return data;
}

/** Sound and unsound requests, which hold names, keys and pixels. Gives their statuses. */
async function ask(url: string): Promise<number[]> {
  const alice = { 'X-API-Key': KEY, 'X-Request-Id': 'request-of-alice' };
  const post = (body: RequestInit['body'], headers: Record<string, string>, path = '') =>
    fetch(`${url}/v1/makeover${path}`, { method: 'POST', headers, body: body ?? null });
  const answers = [
    await post(form(jpeg), alice),
    await post(form(jpeg.subarray(0, 900)), alice),
    await post(form(Buffer.from(FILE_NAME)), alice),
    await post(form(jpeg), { Authorization: `Bearer ${WRONG_KEY}` }),
    // What curl -T sends to an address that ends with a slash.
    await post(new Uint8Array(jpeg), alice, `/${FILE_NAME}.jpg?key=${KEY}`),
    await post(new Uint8Array(jpeg), {}, `?model=${FILE_NAME}&key=${KEY}`),
    await fetch(`${url}/${FILE_NAME}.jpg`),
  ];
  await sendRaw(url, { hangUp: false }, `POST /${FILE_NAME} HTTP/9\r\nX-API-Key: ${KEY}\r\n\r\n`);
  return answers.map(({ status }) => status);
}

test(
  'the log is JSON with request ids, without file names, keys, pixels or addresses',
  async () => {
    const file = join(folder, 'log');
    const log = openSync(file, 'w');
    const settings = {
      DM_MODEL_REPO: repository,
      DM_LOG_LEVEL: 'trace',
      DM_API_KEYS: `alice:${KEY}`,
      DM_ADMIN_KEY: ADMIN_KEY,
    };
    const service = await startServiceProcess(settings, log);
    expect(await ask(service.url)).toEqual([200, 422, 415, 403, 404, 401, 404]);
    expect(await service.stop()).toBe(0);
    closeSync(log);
    const text = readFileSync(file, 'utf8');
    for (const secret of [FILE_NAME, KEY, WRONG_KEY, ADMIN_KEY, '127.0.0.1', '::1']) {
      expect(text).not.toContain(secret);
    }
    for (const encoding of ['base64', 'hex'] as const) {
      expect(text).not.toContain(jpeg.subarray(300, 330).toString(encoding));
    }
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toContainEqual(
      expect.objectContaining({
        requestId: 'request-of-alice',
        method: 'POST',
        route: '/v1/makeover',
        status: 200,
        faces: 1,
        client: 'alice',
      }),
    );
    const requests = lines.filter((line) => 'status' in line);
    expect(requests).toHaveLength(7);
    for (const line of requests) expect(line).toHaveProperty('requestId');
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThan(2000);
  },
  TIMEOUT_MS,
);

test.runIf(existsSync(FULL_DISK))(
  'a log that cannot be written stops nothing',
  async () => {
    const log = openSync(FULL_DISK, 'w');
    const settings = { DM_MODEL_REPO: repository, DM_LOG_LEVEL: 'trace' };
    const service = await startServiceProcess(settings, log);
    closeSync(log);
    expect(await ask(service.url)).toEqual([200, 422, 415, 200, 404, 400, 404]);
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
    expect(await service.stop()).toBe(0);
  },
  TIMEOUT_MS,
);
