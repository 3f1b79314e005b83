import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Service } from '../../../server/service.ts';
import { readComposite } from '../../support/composites.ts';
import { expectProblem } from '../../support/http.ts';
import { sendRaw } from '../../support/raw-http.ts';
import { startTestService } from '../../support/service.ts';

const MAX_UPLOAD_BYTES = 400_000;
const STAY = { hangUp: false };

let service: Service;
/** 640x800 px: more than half of the budget. */
let photo: Buffer;

beforeAll(async () => {
  service = await startTestService({
    DM_RATE_MPX_PER_MIN: '1',
    DM_TRUST_PROXY: '1',
    DM_MAX_UPLOAD_BYTES: String(MAX_UPLOAD_BYTES),
  });
  photo = await sharp(readComposite()).jpeg().toBuffer();
});
afterAll(() => service.stop());

function post(body: Buffer, headers: Record<string, string>, path = '/v1/makeover?model=tint') {
  return fetch(`${service.url}${path}`, { method: 'POST', body: new Uint8Array(body), headers });
}

const from = (address: string) => ({ 'X-Forwarded-For': address });

describe("a client's budget", () => {
  test('is spent by makeovers and by looking for faces, and told', async () => {
    const first = await post(photo, from('192.0.2.1'), '/v1/faces');
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit-policy')).toBe('"pixels";q=1000000;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"pixels";r=488000;t=31$/);
    const second = await post(photo, from('192.0.2.1'));
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(second.headers.get('ratelimit')).toMatch(/^"pixels";r=\d+;t=\d+$/);
    const problem = await expectProblem(second, 429, 'RATE_LIMITED');
    expect(problem.detail).toMatch(/0.5 million are needed: try again in \d+ s/);
    const info: unknown = await (await fetch(`${service.url}/v1/info`)).json();
    expect(info).toMatchObject({ access: { needsKey: false, megapixelsPerMinute: 1 } });
  });

  test('is that of the address which the trusted proxy saw, not one that the client invents', async () => {
    expect((await post(photo, from('192.0.2.2'))).status).toBe(200);
    expect((await post(photo, from('192.0.2.3'))).status).toBe(200);
    const invented = await post(photo, from('198.51.100.7, 192.0.2.3'));
    await expectProblem(invented, 429, 'RATE_LIMITED');
  });

  test('is not spent by what is refused before it is decoded', async () => {
    for (let i = 0; i < 3; i++) {
      const bad = await post(Buffer.from('no photo'), from('192.0.2.4'));
      expect(bad.status).toBe(415);
    }
    expect((await post(photo, from('192.0.2.4'))).status).toBe(200);
  });
});

describe('Expect: 100-continue', () => {
  const head = (length: number, path = '/v1/makeover?model=tint') =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
    `Expect: 100-continue\r\nX-Forwarded-For: 192.0.2.5\r\nContent-Length: ${length}\r\n\r\n`;

  test('a photo that is wanted is asked for', async () => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    socket.write(head(photo.length));
    const [word] = (await once(socket, 'data')) as [Buffer];
    expect(word.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(photo);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString('latin1')).toMatch(/^HTTP\/1\.1 200 OK/);
    socket.destroy();
  });

  test.each([
    ['too large', head(MAX_UPLOAD_BYTES + 1), 413],
    ['for nobody', head(1000, '/v1/nothing'), 404],
    ['for no model', head(1000, '/v1/makeover?size=2'), 400],
  ])('one that is %s is refused before it comes', async (_name, text, status) => {
    expect(await sendRaw(service.url, STAY, text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });
});

test('a body in a content coding is refused: it could unfold to any size', async () => {
  const response = await post(photo, { 'Content-Encoding': 'gzip' });
  expect(response.headers.get('accept-encoding')).toBe('identity');
  await expectProblem(response, 415, 'ENCODING_NOT_ALLOWED');
});

test('a form that never ends is ended by its size', async () => {
  const { hostname, port } = new URL(service.url);
  const socket: Socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(
    'POST /v1/makeover?model=tint HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n' +
      'Content-Type: multipart/form-data; boundary=x\r\n\r\n',
  );
  const chunk = `8000\r\n${'a'.repeat(0x8000)}\r\n`;
  const send = () => {
    while (socket.writable && socket.write(chunk));
  };
  socket.on('drain', send);
  send();
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 .*FILE_TOO_LARGE/s);
  await expect.poll(() => service.context.admission.inProgress).toBe(0);
  // The connection is closed soon, however much more is sent.
  await closed;
});

test.each([
  ['of 71 characters', 'b'.repeat(71)],
  ['that is empty', ''],
])('a boundary %s is refused', async (_name, boundary) => {
  const headers = { 'Content-Type': `multipart/form-data; boundary=${boundary}` };
  const problem = await expectProblem(await post(photo, headers), 400, 'BAD_MULTIPART');
  expect(problem.detail).toContain('1 to 70 may be');
});

test('a port that is taken is named', async () => {
  const { port } = new URL(service.url);
  const { port: adminPort } = new URL(service.adminUrl);
  await expect(startTestService({ DM_PORT: port })).rejects.toThrow(
    new RegExp(`DM_PORT=${port} cannot be used .*EADDRINUSE.*: set another`),
  );
  await expect(startTestService({ DM_ADMIN_PORT: adminPort })).rejects.toThrow(/DM_ADMIN_PORT/);
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
});
