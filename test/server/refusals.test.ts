import { request } from 'node:http';
import { connect } from 'node:net';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Service } from '../../server/service.ts';
import { readComposite } from '../support/composites.ts';
import { expectProblem } from '../support/http.ts';
import { createProfile } from '../support/icc-profile.ts';
import { createPng, insertChunk } from '../support/png.ts';
import { startTestService } from '../support/service.ts';

const MAX_UPLOAD_BYTES = 400_000;
/** Sound uploads must not meet it on a busy machine, and one test waits for it. */
const UPLOAD_TIMEOUT_MS = 2000;

let service: Service;
let jpeg: Buffer;

beforeAll(async () => {
  service = await startTestService({
    DM_MAX_UPLOAD_BYTES: String(MAX_UPLOAD_BYTES),
    DM_UPLOAD_TIMEOUT_MS: String(UPLOAD_TIMEOUT_MS),
  });
  jpeg = await sharp(readComposite()).resize(160).jpeg().toBuffer();
});
// Whatever was sent, the service still works.
afterAll(async () => {
  const response = await post('model=tint', jpeg);
  expect(response.status).toBe(200);
  await service.stop();
});

function post(
  query: string,
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${service.url}/v1/makeover?${query}`, { method: 'POST', body, headers });
}

function form(field: string, file: Buffer): FormData {
  const data = new FormData();
  data.set(field, new Blob([new Uint8Array(file)]), 'photo.jpg');
  return data;
}

describe('the photo', () => {
  test('none', async () => {
    await expectProblem(await post('model=tint', ''), 400, 'NO_IMAGE');
    const empty = new FormData();
    empty.set('model', 'tint');
    await expectProblem(await post('', empty), 400, 'NO_IMAGE');
    await expectProblem(await post('model=tint', form('image', Buffer.alloc(0))), 400, 'NO_IMAGE');
  });

  test.each([
    ['text', Buffer.from('not a picture')],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['PDF', Buffer.from('%PDF-1.7\n%%EOF')],
    ['one byte', Buffer.from([0xff])],
  ])('%s', async (_name, file) => {
    const problem = await expectProblem(await post('model=tint', file), 415, 'TYPE_NOT_ALLOWED');
    expect(problem.detail).toContain('JPEG, PNG, WebP or AVIF');
  });

  test('truncated', async () => {
    const half = jpeg.subarray(0, jpeg.length / 2);
    await expectProblem(await post('model=tint', half), 422, 'IMAGE_CORRUPT');
  });

  test('too large: refused by its length, while it comes, and in a form', async () => {
    const large = Buffer.concat([jpeg, Buffer.alloc(MAX_UPLOAD_BYTES)]);
    await expectProblem(await post('model=tint', large), 413, 'FILE_TOO_LARGE');
    await expectProblem(await post('model=tint', form('image', large)), 413, 'FILE_TOO_LARGE');
    // Far beyond what its fields could take: refused by its length too.
    const huge = form('image', Buffer.concat([large, Buffer.alloc(MAX_UPLOAD_BYTES)]));
    await expectProblem(await post('model=tint', huge), 413, 'FILE_TOO_LARGE');
    const chunked = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(large);
        controller.close();
      },
    });
    const init = { method: 'POST', body: chunked, duplex: 'half' } as RequestInit;
    const response = await fetch(`${service.url}/v1/makeover?model=tint`, init);
    await expectProblem(response, 413, 'FILE_TOO_LARGE');
  });

  test('of the largest allowed size is taken', async () => {
    const padded = Buffer.concat([jpeg, Buffer.alloc(MAX_UPLOAD_BYTES - jpeg.length)]);
    expect((await post('model=tint', padded)).status).toBe(200);
    expect((await post('model=tint', form('image', padded))).status).toBe(200);
  });

  test('too many pixels, in all or a side, without decoding them', async () => {
    for (const [width, height, size] of [
      [30_000, 30_000, '30000 x 30000'],
      [1, 1_000_000, '1 x 1000000'],
    ] as const) {
      const bomb = createPng(width, height);
      const startMs = performance.now();
      const problem = await expectProblem(await post('model=tint', bomb), 413, 'PIXELS_TOO_MANY');
      expect(performance.now() - startMs).toBeLessThan(3000);
      expect(problem.detail).toContain(size);
    }
  });

  test('with a colour profile that a JPEG cannot hold', async () => {
    const profile = Buffer.concat([createProfile('display-p3'), Buffer.alloc(17e6)]);
    profile.writeUInt32BE(profile.length, 0);
    const content = Buffer.concat([Buffer.from('icc\0\0', 'latin1'), deflateSync(profile)]);
    const png = await sharp(jpeg).png().toBuffer();
    const file = insertChunk(png, 'iCCP', content);
    await expectProblem(await post('model=tint&format=jpeg', file), 400, 'BAD_PARAMETER');
  });

  test('without a face', async () => {
    const plain = await sharp({
      create: { width: 200, height: 200, channels: 3, background: '#88a' },
    })
      .jpeg()
      .toBuffer();
    await expectProblem(await post('model=tint', plain), 422, 'NO_FACE_FOUND');
    await expectProblem(await post('model=tint', createPng(1, 1)), 422, 'NO_FACE_FOUND');
  });
});

describe('the parameters', () => {
  test('unknown, wrong, twice', async () => {
    const unknown = await expectProblem(
      await post('model=tint&size=2', jpeg),
      400,
      'BAD_PARAMETER',
    );
    expect(unknown.detail).toMatch(/"size".*strength/);
    await expectProblem(await post('model=tint&strength=7', jpeg), 400, 'BAD_PARAMETER');
    await expectProblem(await post('model=tint&model=identity', jpeg), 400, 'BAD_PARAMETER');
  });

  test('no model, and one that does not exist', async () => {
    const missing = await expectProblem(await post('', jpeg), 400, 'BAD_PARAMETER');
    expect(missing.detail).toContain('identity, tint');
    const unknown = await expectProblem(await post('model=toad', jpeg), 404, 'MODEL_NOT_FOUND');
    expect(unknown.detail).toMatch(/"toad".*identity, tint/);
    await expectProblem(await post('model=face-detector', jpeg), 404, 'MODEL_NOT_FOUND');
  });
});

describe('the form', () => {
  const type = 'multipart/form-data; boundary=x';
  test.each([
    ['no boundary', 'multipart/form-data', 'abc'],
    ['another multipart', 'multipart/mixed; boundary=x', '--x--\r\n'],
    ['no parts', type, 'abc'],
    [
      'no end',
      type,
      '--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nabc',
    ],
    ['no name', type, '--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n'],
    ['bad header', type, '--x\r\n\0\xff: \r\n\r\nabc\r\n--x--\r\n'],
  ])('%s', async (_name, contentType, body) => {
    const response = await post('model=tint', Buffer.from(body, 'latin1'), {
      'Content-Type': contentType,
    });
    expect(response.status).toBe(400);
    const { code } = (await response.json()) as { code: string };
    expect(['BAD_MULTIPART', 'NO_IMAGE']).toContain(code);
  });

  test('the file in another field, two files, nested and endless fields', async () => {
    await expectProblem(await post('model=tint', form('photo', jpeg)), 400, 'BAD_MULTIPART');
    const two = form('image', jpeg);
    two.append('image', new Blob([new Uint8Array(jpeg)]), 'b.jpg');
    await expectProblem(await post('model=tint', two), 400, 'BAD_MULTIPART');
    const nested = form('image', jpeg);
    nested.set('model[__proto__][a]', 'tint');
    await expectProblem(await post('', nested), 400, 'BAD_MULTIPART');
    const many = form('image', jpeg);
    for (let i = 0; i < 20; i++) many.append(`field${i}`, 'x');
    await expectProblem(await post('model=tint', many), 400, 'BAD_MULTIPART');
  });
});

describe('the upload', () => {
  test('one that stands still is ended', async () => {
    const headers = { 'Content-Length': '1000' };
    const url = `${service.url}/v1/makeover?model=tint`;
    const status = await new Promise((resolve, reject) => {
      const slow = request(url, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
        slow.destroy();
      });
      slow.on('error', reject);
      slow.write('x');
    });
    expect(status).toBe(408);
  });

  test('one that its sender leaves gives its place back', async () => {
    const { port, hostname } = new URL(service.url);
    for (const type of ['image/jpeg', 'multipart/form-data; boundary=x']) {
      const socket = connect(Number(port), hostname);
      socket.write(
        'POST /v1/makeover?model=tint HTTP/1.1\r\nHost: localhost\r\n' +
          `Content-Type: ${type}\r\nContent-Length: 5000\r\n\r\n--x\r\n`,
      );
      await expect.poll(() => service.context.admission.inProgress).toBe(1);
      socket.destroy();
      await expect.poll(() => service.context.admission.inProgress).toBe(0);
    }
  });
});
