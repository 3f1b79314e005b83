import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FacesView } from '../../models/contract/api/faces.ts';
import type { Service } from '../../server/service.ts';
import { readComposite } from '../support/composites.ts';
import { expectProblem } from '../support/http.ts';
import { startTestService } from '../support/service.ts';

let service: Service;
/** A large face on the left, a smaller one on the right. */
let group: Buffer;

beforeAll(async () => {
  service = await startTestService();
  const [large, small] = await Promise.all([
    sharp(readComposite('man-black')).resize(320).toBuffer(),
    sharp(readComposite('man-white')).resize(240).toBuffer(),
  ]);
  group = await sharp({ create: { width: 640, height: 400, channels: 3, background: '#7a7468' } })
    .composite([
      { input: large, left: 0, top: 0 },
      { input: small, left: 380, top: 60 },
    ])
    .jpeg({ quality: 92 })
    .toBuffer();
});
afterAll(() => service.stop());

function post(path: string, body: NonNullable<RequestInit['body']>): Promise<Response> {
  return fetch(`${service.url}${path}`, { method: 'POST', body });
}

async function facesOf(body: NonNullable<RequestInit['body']>): Promise<FacesView> {
  const response = await post('/v1/faces', body);
  expect(response.status, response.ok ? '' : await response.clone().text()).toBe(200);
  return (await response.json()) as FacesView;
}

describe('POST /v1/faces', () => {
  test('gives ids from the largest face on, places and quality', async () => {
    const view = await facesOf(group);
    expect(view).toMatchObject({ width: 640, height: 400 });
    expect(view.faces.map(({ id }) => id)).toEqual([1, 2]);
    const [left, right] = view.faces;
    if (left === undefined || right === undefined) throw new Error('a face is missing');
    expect(left.box.width).toBeGreaterThan(right.box.width);
    for (const [face, from, to] of [
      [left, 0, 320],
      [right, 380, 620],
    ] as const) {
      const { leftEye, rightEye, nose, mouth, quality, score } = face;
      expect(leftEye.x).toBeGreaterThan(from);
      expect(leftEye.x).toBeLessThan(nose.x);
      expect(nose.x).toBeLessThan(rightEye.x);
      expect(rightEye.x).toBeLessThan(to);
      expect(nose.y).toBeLessThan(mouth.y);
      expect(score).toBeGreaterThan(0.5);
      expect(quality.reasons).toEqual([]);
      expect(quality.eyeDistancePx).toBeCloseTo(
        Math.hypot(rightEye.x - leftEye.x, rightEye.y - leftEye.y),
        6,
      );
    }
  });

  test('the same photo gives the same answer, as a body and as a form', async () => {
    const form = new FormData();
    form.set('image', new Blob([new Uint8Array(group)]), 'group.jpg');
    expect(await facesOf(form)).toEqual(await facesOf(group));
  });

  test('a photo without a face gives an empty list', async () => {
    const create = { width: 64, height: 64, channels: 3, background: '#999' } as const;
    expect(await facesOf(await sharp({ create }).png().toBuffer())).toEqual({
      width: 64,
      height: 64,
      faces: [],
    });
  });

  test('tells how long each stage took', async () => {
    const response = await post('/v1/faces', group);
    await response.arrayBuffer();
    expect(response.headers.get('server-timing')).toMatch(
      /^upload;dur=[\d.]+, queue;dur=[\d.]+, decode;dur=[\d.]+, detect;dur=[\d.]+$/,
    );
  });

  test('refuses parameters, other methods and what is no photo', async () => {
    await expectProblem(await post('/v1/faces?faces=all', group), 400, 'BAD_PARAMETER');
    await expectProblem(await fetch(`${service.url}/v1/faces`), 405, 'METHOD_NOT_ALLOWED');
    await expectProblem(await post('/v1/faces', 'no photo'), 415, 'TYPE_NOT_ALLOWED');
  });
});

describe('faces= of a makeover', () => {
  const pixels = async (response: Response): Promise<Buffer> => {
    expect(response.status).toBe(200);
    return sharp(Buffer.from(await response.arrayBuffer()))
      .raw()
      .toBuffer();
  };
  /** Whether the left and the right half differ from the photo. */
  const changedHalves = async (faces: string): Promise<boolean[]> => {
    const png = await sharp(group).png().toBuffer();
    const before = await sharp(png).raw().toBuffer();
    const after = await pixels(await post(`/v1/makeover?model=tint&faces=${faces}`, png));
    const changed = [false, false];
    after.forEach((level, i) => {
      if (level !== before[i]) changed[(i / 3) % 640 < 350 ? 0 : 1] = true;
    });
    return changed;
  };

  test.each([
    ['all', [true, true]],
    ['largest', [true, false]],
    ['1', [true, false]],
    ['2', [false, true]],
    ['2,1', [true, true]],
  ])('%s', async (faces, expected) => {
    expect(await changedHalves(faces)).toEqual(expected);
  });

  test('an id that no face has is refused with those that there are', async () => {
    const { detail } = await expectProblem(
      await post('/v1/makeover?model=tint&faces=2,7', group),
      422,
      'FACE_NOT_FOUND',
    );
    expect(detail).toMatch(/no face 7: its faces are 1, 2/);
  });

  test.each(['0', '1,', '-1', 'first', '1.5'])('faces=%s is no list of ids', async (faces) => {
    await expectProblem(
      await post(`/v1/makeover?model=tint&faces=${faces}`, group),
      400,
      'BAD_PARAMETER',
    );
  });
});
