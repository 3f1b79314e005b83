import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CropGeometry } from '../../../../models/contract/crop.ts';
import type { EvaluationRow } from '../../../../models/contract/manifest.ts';
import type { Features } from '../../../../trainer/evaluation/features.ts';
import type { Instrument } from '../../../../trainer/evaluation/instruments/instrument.ts';
import {
  embeddingMeasure,
  patchMeasure,
} from '../../../../trainer/evaluation/measures/distribution.ts';
import { flipsMeasure } from '../../../../trainer/evaluation/measures/flips.ts';
import { groupRows } from '../../../../trainer/evaluation/measures/groups.ts';
import { likenessMeasure } from '../../../../trainer/evaluation/measures/likeness.ts';
import { pixelMeasure } from '../../../../trainer/evaluation/measures/pixels.ts';
import { successMeasure } from '../../../../trainer/evaluation/measures/success.ts';
import type { Faces } from '../../../../trainer/evaluation/test-faces.ts';
import { Random } from '../../../../trainer/random.ts';
import { backends } from '../../../support/backends.ts';
import { EVALUATION_CROP } from '../../../support/tiny-run.ts';

const CROP: CropGeometry = EVALUATION_CROP;
const BYTES = CROP.width * CROP.height * 3;

/** Plain faces of a grey between two levels, a pixel in the corner telling them apart. */
function greyFaces(name: string, count: number, from: number, to: number, seed: number): Faces {
  const random = new Random(seed);
  const levels = new Uint8Array(count * BYTES);
  for (let i = 0; i < count; i++) {
    levels.fill(random.integer(from, to), i * BYTES, (i + 1) * BYTES);
    for (let c = 0; c < 3; c++) levels[i * BYTES + c] = random.integer(0, 255);
  }
  return { files: Array.from({ length: count }, (_, i) => `${name}${i}`), levels };
}

const sources = greyFaces('s', 12, 60, 100, 1);
const targets = greyFaces('t', 10, 160, 200, 2);
const split = {
  split: 2,
  crop: CROP,
  term: 'Bright',
  sources,
  targets,
  realPair: [greyFaces('u', 10, 160, 200, 3), targets] as const,
};
const nothing = { of: 'do nothing', faces: sources };
const brighter = {
  of: 'model',
  faces: {
    files: sources.files,
    levels: sources.levels.map((level) => Math.min(255, level + 100)),
  },
};

const centre = (levels: Uint8Array, i: number): number =>
  levels[i * BYTES + (20 * CROP.width + 20) * 3] as number;

/** Sees a bright face in its centre, and blue where the corner is bright. */
const eye: Instrument = {
  name: 'eye',
  score: (levels, count) =>
    Array.from({ length: count }, (_, i) => [
      centre(levels, i) - 130,
      (levels[i * BYTES] as number) - 128,
    ]),
};
const ATTRIBUTES = ['Bright', 'Blue'];

/** Brightness of the centre, and the three channels of the corner. */
function embed({ levels, files }: Faces): Features {
  const data = Float32Array.from(
    files.flatMap((_, i) => [
      (centre(levels, i) - 130) / 40,
      ...[0, 1, 2].map((c) => ((levels[i * BYTES + c] as number) - 128) / 74),
    ]),
  );
  return { data, count: files.length, size: 4 };
}

function valueOf(rows: readonly EvaluationRow[], figure: string): number {
  return rows.find((row) => row.figure === figure)?.value ?? Number.NaN;
}

beforeAll(async () => {
  await tf.setBackend(backends.at(-1) ?? 'cpu');
});

test('success counts what the instrument sees, also as a share of real targets', () => {
  const labelled = { faces: sources, has: [], isTarget: sources.files.map(() => false) };
  const { references, measure } = successMeasure(split, eye, ATTRIBUTES, labelled);
  expect(references.map(({ figure, of, value }) => [figure, of, value])).toEqual([
    ['accuracy', 'real faces', 1],
    ['success', 'real targets', 1],
  ]);
  expect(valueOf(measure(nothing), 'success of real')).toBe(0);
  const rows = measure(brighter);
  expect(rows).toHaveLength(2);
  expect(rows[0]).toEqual({
    splits: '2',
    figure: 'success',
    of: 'model',
    by: 'eye',
    group: 'all',
    faces: 12,
    value: 1,
  });
});

test('success is no share of real targets that the instrument does not see', () => {
  const blind = {
    ...eye,
    score: (_: Uint8Array, count: number) => Array.from({ length: count }, () => [-1, -1]),
  };
  const labelled = { faces: sources, has: [], isTarget: sources.files.map(() => false) };
  const { measure } = successMeasure(split, blind, ATTRIBUTES, labelled);
  expect(measure(brighter).map(({ figure, value }) => [figure, value])).toEqual([['success', 0]]);
});

describe('distributions', () => {
  test('doing nothing closes no gap, the population itself closes it', () => {
    const { references, measure } = embeddingMeasure(split, 'eye', embed);
    expect(valueOf(measure(nothing), 'gap closed')).toBe(0);
    expect(valueOf(measure(nothing), 'precision')).toBeLessThan(0.5);
    const closed = measure({ of: 'model', faces: split.realPair[0] });
    expect(valueOf(closed, 'gap closed')).toBeCloseTo(1, 1);
    expect(closed.find(({ figure }) => figure === 'KID-own')?.value).toBe(
      references.find(({ figure }) => figure === 'KID-own')?.value,
    );
    const kept = { ...brighter, faces: keepCorner(brighter.faces) };
    expect(valueOf(measure(kept), 'gap closed')).toBeGreaterThan(0.5);
  });

  test('where there is no gap, none is reported', () => {
    const same = { ...split, sources: targets, realPair: [sources, targets] as const };
    const figures = embeddingMeasure(same, 'eye', embed)
      .measure({ of: 'model', faces: targets })
      .map(({ figure }) => figure);
    expect(figures).toEqual(['KID-own', 'precision', 'recall']);
  });

  test('texture is compared level by level', () => {
    const slicing = { patches: 4, projections: 8, repetitions: 2 };
    const { references, measure } = patchMeasure(split, slicing);
    const figures = ['SWD', 'SWD at half size', 'SWD at quarter size'];
    expect(references.map(({ figure }) => figure)).toEqual(figures);
    const rows = measure({ of: 'model', faces: targets });
    expect(rows.map(({ figure, value, deviation }) => [figure, value, deviation])).toEqual(
      figures.map((figure) => [figure, 0, 0]),
    );
    expect(valueOf(measure(nothing), 'SWD at quarter size')).toBeGreaterThan(100);
  });
});

test('likeness is 1 for views of one face and finds its own source', () => {
  const direction = Float64Array.of(1, 0, 0, 0);
  const { references, measure } = likenessMeasure(split, 'eye', embed, direction, [
    sources,
    sources,
  ]);
  expect(references[0]).toMatchObject({ figure: 'verification AUC', of: 'real faces', value: 1 });
  for (const subject of [nothing, { ...brighter, faces: keepCorner(brighter.faces) }]) {
    expect(valueOf(measure(subject), 'identity')).toBeCloseTo(1, 5);
    expect(valueOf(measure(subject), 'R@1')).toBe(1);
  }
  const one = sources.levels.slice(0, BYTES);
  const repeated = {
    files: sources.files,
    levels: sources.levels.map((_, i) => one[i % BYTES] ?? 0),
  };
  const rows = measure({ of: 'model', faces: repeated });
  expect(valueOf(rows, 'R@1')).toBeCloseTo(1 / 12);
  expect(valueOf(rows, 'identity')).toBeLessThan(0.5);
});

/** The corner is what tells these faces apart. */
function keepCorner({ files, levels }: Faces): Faces {
  const kept = levels.slice();
  for (let i = 0; i < kept.length; i += BYTES) {
    kept.set(sources.levels.subarray(i, i + 3), i);
  }
  return { files, levels: kept };
}

test('flips are counted against those of mirroring', () => {
  const { measure } = flipsMeasure(split, eye, [1]);
  // Mirroring moves the corner's pixel away, so blue is seen in nobody: as many as see it before.
  const blue = sources.files.filter((_, i) => (sources.levels[i * BYTES] as number) > 128).length;
  expect(valueOf(measure(nothing), 'flips')).toBeCloseTo(-blue / 12);
  const inverted = { files: sources.files, levels: sources.levels.map((level) => 255 - level) };
  expect(valueOf(measure({ of: 'model', faces: inverted }), 'flips')).toBeCloseTo(1 - blue / 12, 1);
  expect(flipsMeasure(split, eye, []).measure(nothing)).toEqual([]);
});

test('pixels tell how much changed, and how skin did', () => {
  const still = pixelMeasure(split).measure(nothing);
  expect(valueOf(still, 'unchanged')).toBe(1);
  expect(valueOf(still, 'SSIM')).toBeCloseTo(1, 6);
  expect(valueOf(still, 'L* shift of skin')).toBe(0);
  const rows = pixelMeasure(split).measure({ ...brighter, faces: keepCorner(brighter.faces) });
  expect(valueOf(rows, 'unchanged')).toBe(0);
  expect(valueOf(rows, 'mean change in grey levels')).toBeCloseTo(100, 0);
  expect(valueOf(rows, 'outside')).toBeCloseTo(100 / 255, 2);
  expect(valueOf(rows, 'L* shift of skin')).toBeGreaterThan(30);
  expect(valueOf(rows, 'chroma shift of skin')).toBeCloseTo(0, 6);
});

test('groups of at least 60 faces are reported', () => {
  const many = greyFaces('m', 100, 60, 100, 4);
  const results = {
    files: many.files,
    levels: many.levels.map((level, i) => (i < 50 * BYTES ? level : Math.min(255, level + 100))),
  };
  const groups = new Map(
    many.files.map((file, i) => [file, [i < 65 ? 'race: A' : 'race: B', 'age: 20-29']]),
  );
  const pooled = { splits: '1+2', crop: CROP, term: 'Bright', sources: many, results };
  const rows = groupRows(pooled, [eye], ATTRIBUTES, groups);
  const cells = (figure: string) =>
    rows
      .filter((row) => row.figure === figure)
      .map(({ group, faces, value }) => [group, faces, value]);
  expect(cells('success')).toEqual([
    ['age: 20-29', 100, 0.5],
    ['race: A', 65, 15 / 65],
  ]);
  expect(cells('L* shift of skin').map(([group]) => group)).toEqual(['age: 20-29', 'race: A']);
});
