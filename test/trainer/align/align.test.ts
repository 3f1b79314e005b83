import { cp, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, test, vi } from 'vitest';
import { CELEBA_CROP } from '../../../models/contract/crop.ts';
import { detectFaces } from '../../../models/contract/detector.ts';
import type { Raster } from '../../../models/contract/raster.ts';
import { alignPhotos } from '../../../trainer/align/align.ts';
import { loadDetector } from '../../../trainer/align/detector.ts';
import { main } from '../../../trainer/align/main.ts';
import { readPhotoTree } from '../../../trainer/align/photo-tree.ts';
import { type CelebaFolder, readCelebaFolder } from '../../../trainer/data/celeba.ts';
import { parseCsv } from '../../../trainer/data/csv.ts';
import { readFolderPair } from '../../../trainer/data/folder-pair.ts';
import { readComposite } from '../../support/composites.ts';
import { storeTurned } from '../../support/orientation.ts';

const DETECTOR = fileURLToPath(new URL('../../../models/face-detector/1', import.meta.url));

let photos: string;
let out: string;
let folder: CelebaFolder;
const skipped: string[] = [];

/**
 * A portrait in `calm`, a photo of two faces in `calm/pair`, one on its side by EXIF in `side ways`,
 * a copy of the portrait, and files that show no face.
 */
beforeAll(async () => {
  photos = await mkdtemp(join(tmpdir(), 'photos-'));
  for (const name of ['calm/pair', 'side ways', '.hidden']) {
    await mkdir(join(photos, name), { recursive: true });
  }
  const woman = readComposite('woman-indian');
  const man = readComposite('man-white');
  await writeFile(join(photos, 'calm', 'woman.jpg'), woman);
  await writeFile(join(photos, 'copy.jpg'), woman);
  await sharp({ create: { width: 1280, height: 800, channels: 3, background: 'grey' } })
    .composite([
      { input: woman, left: 0, top: 0 },
      { input: await sharp(man).resize(320).toBuffer(), left: 800, top: 200 },
    ])
    .png()
    .toFile(join(photos, 'calm', 'pair', 'both.png'));
  await writeFile(join(photos, 'side ways', 'man.png'), await storeTurned(man, 6));
  await sharp({ create: { width: 300, height: 300, channels: 3, background: 'white' } })
    .png()
    .toFile(join(photos, 'wall.png'));
  await writeFile(join(photos, 'notes.txt'), 'no picture');
  await writeFile(join(photos, '.hidden', 'woman.jpg'), woman);

  out = join(await mkdtemp(join(tmpdir(), 'aligned-')), 'out');
  const tree = await readPhotoTree(photos);
  await alignPhotos(photos, tree, out, await loadDetector(DETECTOR), {
    faces: 'all',
    minEyeDistance: 20,
    signal: new AbortController().signal,
    report: (message) => skipped.push(message),
  });
  folder = await readCelebaFolder(out);
});

async function readFrame(file: string): Promise<Raster> {
  const { data, info } = await sharp(folder.picturePath(file))
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data };
}

/** The name of the aligned face of a photo, the first of several. */
async function faceOf(photo: string): Promise<string> {
  const rows = parseCsv(await readFile(join(out, 'source.csv'), 'utf8'));
  return rows.find(([, source]) => source === photo)?.[0] ?? '';
}

test('every face is written with the folders it lies in as attributes', () => {
  expect(folder.attributes).toEqual(['calm', 'pair', 'side_ways']);
  expect(folder.faces.map(({ has }) => has)).toEqual([
    [true, true, false],
    [true, true, false],
    [true, false, false],
    [false, false, false],
    [false, false, true],
  ]);
});

test('copies of a photo share a split, as do the faces of one', () => {
  const [first, second, woman, copy] = folder.faces;
  expect(first?.split).toBe(second?.split);
  expect(woman?.split).toBe(copy?.split);
});

test('what shows no face is left out, with the reason', async () => {
  expect(skipped).toEqual([
    expect.stringMatching(/^skipped notes.txt: .*unsupported image format/),
    'skipped wall.png: no face was found',
  ]);
  const rows = parseCsv(await readFile(join(out, 'skipped.csv'), 'utf8'));
  expect(rows.map(([file]) => file)).toEqual(['source_file', 'notes.txt', 'wall.png']);
});

test('eyes and mouth stand where the models expect them, whatever the orientation', async () => {
  const detector = await loadDetector(DETECTOR);
  for (const { file } of folder.faces) {
    const frame = await readFrame(file);
    expect([frame.width, frame.height]).toEqual([178, 218]);
    const [face] = await detectFaces(frame, detector, 1);
    for (const name of ['leftEye', 'rightEye', 'mouth'] as const) {
      const expected = CELEBA_CROP.template[name];
      expect(face?.points[name].x).toBeCloseTo(expected.x + CELEBA_CROP.x, -0.9);
      expect(face?.points[name].y).toBeCloseTo(expected.y + CELEBA_CROP.y, -0.9);
    }
  }
});

test('a face is the same picture, however large the photo shows it', async () => {
  const [alone, beside] = [
    await readFrame(await faceOf('calm/woman.jpg')),
    await readFrame(await faceOf('calm/pair/both.png')),
  ];
  let difference = 0;
  let count = 0;
  for (let y = CELEBA_CROP.y; y < CELEBA_CROP.y + CELEBA_CROP.height; y++) {
    for (let i = (y * 178 + 49) * 3; i < (y * 178 + 129) * 3; i++, count++) {
      difference += Math.abs((alone.data[i] ?? 0) - (beside.data[i] ?? 0));
    }
  }
  expect(difference / count).toBeLessThan(4);
});

test('the distance of the eyes and the border are told', async () => {
  const rows = parseCsv(await readFile(join(out, 'source.csv'), 'utf8'));
  expect(rows[0]).toEqual([
    'file',
    'source_file',
    'source_eye_distance_px',
    'repeated_border_px',
    'score',
  ]);
  const [, , both, small] = [rows[0], ...rows];
  expect(Number(small?.[2])).toBeLessThan(0.6 * Number(both?.[2]));
  expect(Number(both?.[3])).toBe(0);
});

test('two aligned folders can be trained on without attributes', async () => {
  const { faces } = await readFolderPair(out, photos);
  expect(faces.filter(({ has }) => has[0] === false)).toHaveLength(5);
});

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs the command in this process. */
async function align(...args: string[]): Promise<Ended> {
  let output = '';
  const collect = (line: string): void => {
    output += `${line}\n`;
  };
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(collect),
    vi.spyOn(console, 'error').mockImplementation(collect),
  ];
  const code = await main(['--detector', DETECTOR, ...args]);
  for (const spy of spies) spy.mockRestore();
  return { code, output };
}

test('the command takes the largest face only, if asked', async () => {
  const target = join(await mkdtemp(join(tmpdir(), 'aligned-')), 'out');
  const flags = ['--faces', 'largest', '--min-eye-distance', '50'];
  const { code, output } = await align(join(photos, 'calm'), target, ...flags);
  expect(output).toContain('2 faces of 2 files with the attributes pair; left out: 0');
  expect(code).toBe(0);
});

test('photos without a usable face are an error that leaves nothing', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'aligned-'));
  await cp(join(photos, 'calm', 'woman.jpg'), join(parent, 'photos', 'woman.jpg'));
  const flags = ['--min-eye-distance', '500'];
  const { code, output } = await align(join(parent, 'photos'), join(parent, 'out'), ...flags);
  expect(output).toMatch(/eyes are \d+ px apart, expected at least 500/);
  expect(output).toContain('none of 1 files');
  expect(code).toBe(1);
  expect(await readdir(parent)).toEqual(['photos']);
});

test.each([
  [['PHOTOS'], 2, /expected PHOTOS and OUT, got 1/],
  [['PHOTOS', 'PHOTOS'], 2, /exists already/],
  [['PHOTOS', 'OUT', '--faces', 'some'], 2, /all or largest, got "some"/],
  [['PHOTOS', 'OUT', '--min-eye-distance', 'far'], 2, /needs a number of px, got "far"/],
  [['/nonexistent', 'OUT'], 1, /cannot read the folder/],
  [['PHOTOS', 'OUT', '--detector', '/nonexistent'], 1, /is no model/],
])('%j ends with exit code %i and a reason', async (args, code, message) => {
  const target = join(await mkdtemp(join(tmpdir(), 'aligned-')), 'out');
  const named = args.map((arg) => (arg === 'PHOTOS' ? photos : arg === 'OUT' ? target : arg));
  const ended = await align(...named);
  expect(ended.output).toMatch(message);
  expect(ended.code).toBe(code);
});
