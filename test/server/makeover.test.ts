import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CELEBA_CROP } from '../../models/contract/crop.ts';
import type { Service } from '../../server/service.ts';
import { readComposite } from '../support/composites.ts';
import { expectProblem, send } from '../support/http.ts';
import { TINT } from '../support/model-repository.ts';
import { startTestService } from '../support/service.ts';

let service: Service;
/** A composite of 320x400 px: quick, and its face is larger than the generator's crop. */
let photo: Sharp;
let jpeg: Buffer;

beforeAll(async () => {
  service = await startTestService();
  photo = sharp(await sharp(readComposite()).resize(320).png().toBuffer());
  jpeg = await photo.clone().jpeg({ quality: 92 }).toBuffer();
});
afterAll(() => service.stop());

type Body = NonNullable<RequestInit['body']>;

function post(query: string, body: Body): Promise<Response> {
  return fetch(`${service.url}/v1/makeover?${query}`, { method: 'POST', body });
}

async function makeOver(query: string, body: Body): Promise<Buffer> {
  const response = await post(query, body);
  expect(response.status, response.ok ? '' : await response.clone().text()).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** Compares whole pictures, for which toEqual would take seconds. */
function expectSame(actual: Buffer, expected: Buffer): void {
  expect(actual.equals(expected)).toBe(true);
}

const rawPixels = (file: Buffer) => sharp(file, { ignoreIcc: true }).raw().toBuffer();

/** Two photos of 320x400 px side by side. */
async function twoFaces(): Promise<Buffer> {
  const tile = await photo.clone().png().toBuffer();
  const background = { create: { width: 640, height: 400, channels: 3, background: '#808080' } };
  return sharp(background as SharpOptions)
    .composite([
      { input: tile, left: 0, top: 0 },
      { input: tile, left: 320, top: 0 },
    ])
    .jpeg()
    .toBuffer();
}

describe('a photo as the body', () => {
  test('comes back at its size and in its format, made over, with its headers', async () => {
    const response = await post('model=tint', jpeg);
    const file = Buffer.from(await response.arrayBuffer());
    expect(response.status).toBe(200);
    expect(await sharp(file).metadata()).toMatchObject({ format: 'jpeg', width: 320, height: 400 });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'content-length': String(file.length),
      'content-disposition': 'inline; filename="photo.makeover.jpg"',
      'x-model-version': 'tint/1',
      'x-faces': '1',
      'cache-control': 'no-store',
    });
    expect(response.headers.get('server-timing')).toMatch(
      /^upload;dur=[\d.]+, queue;dur=[\d.]+, decode;dur=[\d.]+, .*encode;dur=[\d.]+$/,
    );
    expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
  });

  test('may be sent under any content type, as curl --data-binary does', async () => {
    const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const answer = await send(`${service.url}/v1/makeover?model=tint`, type, jpeg);
    expect(answer.status).toBe(200);
  });

  test('the face gets the colour, the rest stays bit for bit', async () => {
    const before = await rawPixels(await photo.clone().png().toBuffer());
    const after = await rawPixels(
      await makeOver('model=tint', await photo.clone().png().toBuffer()),
    );
    const changes = [0, 0, 0];
    const centre = 3 * (320 * 200 + 160);
    for (let c = 0; c < 3; c++) changes[c] = (after[centre + c] ?? 0) - (before[centre + c] ?? 0);
    expect(changes).toEqual([...TINT]);
    // The picture's outermost 24 px are hair, shoulders and background.
    for (let y = 0; y < 400; y++) {
      const row = 3 * 320 * y;
      expectSame(after.subarray(row, row + 3 * 24), before.subarray(row, row + 3 * 24));
    }
  });

  test('outside the face a JPEG differs by less than a level, at 42 dB or more', async () => {
    const before = await rawPixels(jpeg);
    const after = await rawPixels(await makeOver('model=identity', jpeg));
    let sum = 0;
    let squares = 0;
    before.forEach((level, i) => {
      const difference = level - (after[i] ?? 0);
      sum += Math.abs(difference);
      squares += difference ** 2;
    });
    expect(sum / before.length).toBeLessThanOrEqual(1);
    expect(10 * Math.log10(255 ** 2 / (squares / before.length))).toBeGreaterThanOrEqual(42);
  });

  test.each(['model=tint&strength=0', 'model=identity'])('%s changes no pixel', async (query) => {
    const png = await photo.clone().png().toBuffer();
    expectSame(await rawPixels(await makeOver(query, png)), await rawPixels(png));
  });

  test('half the strength changes half as much', async () => {
    const png = await photo.clone().png().toBuffer();
    const centre = 3 * (320 * 200 + 160);
    const before = (await rawPixels(png))[centre] ?? 0;
    const after = (await rawPixels(await makeOver('model=tint&strength=0.5', png)))[centre] ?? 0;
    expect(after - before).toBe(TINT[0] / 2);
  });
});

test('a form gives the same as a body, and its fields are parameters', async () => {
  const form = new FormData();
  form.set('image', new Blob([new Uint8Array(jpeg)]), 'Grüße von Anna.JPG');
  form.set('model', 'tint');
  const response = await post('strength=0.5', form);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-disposition')).toMatch(
    /^inline; filename="Gr[\w.-]+\.makeover\.jpg"$/,
  );
  const file = Buffer.from(await response.arrayBuffer());
  expectSame(file, await makeOver('model=tint&strength=0.5', jpeg));
});

describe('output=face', () => {
  test("gives the largest face at the generator's size, as PNG", async () => {
    const face = await makeOver('model=tint&output=face', jpeg);
    const { width, height } = CELEBA_CROP;
    expect(await sharp(face).metadata()).toMatchObject({ format: 'png', width, height });
    const crop = await rawPixels(await makeOver('model=tint&output=face&strength=0', jpeg));
    const at = 3 * (width * 50 + 40);
    expect(((await rawPixels(face))[at] ?? 0) - (crop[at] ?? 0)).toBe(TINT[0]);
  });

  test('in the format that is asked for', async () => {
    const face = await makeOver('model=tint&output=face&format=webp', jpeg);
    expect((await sharp(face).metadata()).format).toBe('webp');
  });
});

test('the format is what Accept likes best, unless format= asks for another', async () => {
  const postAs = (query: string, accept: string) =>
    fetch(`${service.url}/v1/makeover?model=identity${query}`, {
      method: 'POST',
      headers: { Accept: accept },
      body: new Uint8Array(jpeg),
    });
  const webp = await postAs('', 'image/webp, image/png;q=0.5');
  expect(webp.headers.get('content-type')).toBe('image/webp');
  expect(webp.headers.get('vary')).toContain('Accept');
  const png = await postAs('&format=png', 'image/webp');
  expect(png.headers.get('content-type')).toBe('image/png');
  await expectProblem(await postAs('', 'application/json'), 406, 'FORMAT_NOT_OFFERED');
});

test('all faces are made over, or the largest alone', async () => {
  const two = await twoFaces();
  expect((await post('model=tint', two)).headers.get('x-faces')).toBe('2');
  expect((await post('model=tint&faces=largest', two)).headers.get('x-faces')).toBe('1');
});

test('requests at the same time do not mix their options', async () => {
  const png = await photo.clone().png().toBuffer();
  const queries = [
    'model=tint',
    'model=identity',
    'model=tint&strength=0.5',
    'model=tint&output=face',
  ];
  const alone: Buffer[] = [];
  for (const query of queries) alone.push(await makeOver(query, png));
  const together = await Promise.all([...queries, ...queries].map((query) => makeOver(query, png)));
  together.forEach((result, i) => {
    expectSame(result, alone[i % queries.length] ?? Buffer.alloc(0));
  });
});
