import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp, { type OverlayOptions } from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { detectFaces } from '../../models/contract/detector.ts';
import type { Face } from '../../models/contract/face.ts';
import { distanceBetween, type Point } from '../../models/contract/geometry.ts';
import type { DetectorManifest } from '../../models/contract/manifest.ts';
import type { LoadedModel } from '../../models/contract/pipeline.ts';
import { readComposite } from '../support/composites.ts';
import { readRaster } from '../support/raster.ts';
import { loadShippedDetector } from '../support/shipped-detector.ts';

const SHARED_PHOTOS = fileURLToPath(new URL('../../../shared/photos', import.meta.url));
const BACKGROUND = '#7a7468';

let detector: LoadedModel<DetectorManifest>;
/** A portrait's file with its one face. */
let portraits: { readonly file: Buffer; readonly face: Face }[];

beforeAll(async () => {
  detector = await loadShippedDetector();
  portraits = [];
  for (const name of ['man-black', 'man-white', 'woman-east-asian', 'woman-indian']) {
    const file = readComposite(name);
    const [face] = await detect(file);
    if (face === undefined) throw new Error(`no face in ${name}`);
    portraits.push({ file, face });
  }
});

async function detect(file: Buffer): Promise<Face[]> {
  return detectFaces(await readRaster(file), detector, 99);
}

function eyeCentre({ leftEye, rightEye }: Face['points']): Point {
  return { x: (leftEye.x + rightEye.x) / 2, y: (leftEye.y + rightEye.y) / 2 };
}

/** How many faces lie where one is expected, within a third of the distance of the eyes. */
function countHits(faces: readonly Face[], expected: readonly Point[], eyeDistance: number) {
  const isHit = (point: Point) =>
    faces.some(({ points }) => distanceBetween(eyeCentre(points), point) < eyeDistance / 3);
  return expected.filter(isHit).length;
}

/** Portraits spread over a photo, each with its eyes `eyeDistance` px apart. */
async function groupPhoto(width: number, height: number, eyeDistance: number, columns: number) {
  const rows = 2;
  const layers: OverlayOptions[] = [];
  const expected: Point[] = [];
  for (let i = 0; i < columns * rows; i++) {
    const portrait = portraits[i % portraits.length];
    if (portrait === undefined) throw new Error('no portraits');
    const { points } = portrait.face;
    const scale = eyeDistance / distanceBetween(points.leftEye, points.rightEye);
    const left = Math.round((((i % columns) + 0.3) * width) / columns);
    const top = Math.round(((Math.floor(i / columns) + 0.2) * height) / rows);
    const input = await sharp(portrait.file)
      .resize(Math.round(640 * scale))
      .toBuffer();
    layers.push({ input, left, top });
    const { x, y } = eyeCentre(points);
    expected.push({ x: left + scale * x, y: top + scale * y });
  }
  const create = { width, height, channels: 3, background: BACKGROUND } as const;
  return { file: await sharp({ create }).composite(layers).png().toBuffer(), expected };
}

describe('groups', () => {
  test.each([
    ['whose eyes are 32 px apart in 12 megapixels', 4000, 3000, 32, 4],
    ['between the sizes that the whole photo and the tiles are for', 4000, 3000, 100, 4],
    ['in a long strip', 6000, 500, 40, 5],
  ])('finds all faces %s, and nothing else', async (_, width, height, eyeDistance, columns) => {
    const { file, expected } = await groupPhoto(width, height, eyeDistance, columns);
    const faces = await detect(file);
    expect(countHits(faces, expected, eyeDistance)).toBe(expected.length);
    expect(faces).toHaveLength(expected.length);
    expect(faces.map(({ id }) => id)).toEqual(faces.map((_face, i) => i + 1));
  });

  test('the largest alone is the one with id 1', async () => {
    const { file } = await groupPhoto(1200, 900, 50, 3);
    const raster = await readRaster(file);
    const [first] = await detectFaces(raster, detector, 99);
    expect(await detectFaces(raster, detector, 1)).toEqual([first]);
  });
});

describe('turned photos', () => {
  test.each([90, 180, 270])('by %i degrees: the same points, turned', async (degrees) => {
    for (const { file, face } of portraits) {
      const { width, height } = await sharp(file).metadata();
      const turn = ({ x, y }: Point): Point => {
        if (degrees === 90) return { x: height - y, y: x };
        return degrees === 180 ? { x: width - x, y: height - y } : { x: y, y: width - x };
      };
      const faces = await detect(await sharp(file).rotate(degrees).png().toBuffer());
      expect(faces).toHaveLength(1);
      const { points } = face;
      const eyes = distanceBetween(points.leftEye, points.rightEye);
      for (const name of ['leftEye', 'rightEye', 'mouth'] as const) {
        const found = faces[0]?.points[name] ?? { x: 0, y: 0 };
        expect(distanceBetween(found, turn(points[name]))).toBeLessThan(0.08 * eyes);
      }
    }
  });
});

describe('close-ups', () => {
  test.each([500, 2400])('of %i px show one face, and nothing in it', async (px) => {
    for (const { file, face } of portraits) {
      const { x, y, width, height } = face.box;
      const region = {
        left: Math.max(0, Math.round(x - 0.1 * width)),
        top: Math.max(0, Math.round(y - 0.2 * height)),
        width: Math.round(1.2 * width),
        height: Math.round(1.3 * height),
      };
      const closeUp = await sharp(file).extract(region).resize(px).png().toBuffer();
      expect(await detect(closeUp)).toHaveLength(1);
    }
  });
});

test.runIf(existsSync(SHARED_PHOTOS))('real portraits have one face each', async () => {
  const names = (await readdir(SHARED_PHOTOS)).filter((name) => name.endsWith('.jpg'));
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    const faces = await detect(await readFile(`${SHARED_PHOTOS}/${name}`));
    expect(faces, name).toHaveLength(1);
  }
});
