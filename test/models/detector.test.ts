import { beforeAll, describe, expect, test } from 'vitest';
import { alignFace, CELEBA_CROP, type FacePoints } from '../../models/contract/crop.ts';
import { decodeDetections, isSameFace } from '../../models/contract/detections.ts';
import { detectFaces } from '../../models/contract/detector.ts';
import type { Face } from '../../models/contract/face.ts';
import { applySimilarity, type Similarity } from '../../models/contract/geometry.ts';
import type { DetectorManifest } from '../../models/contract/manifest.ts';
import type { LoadedModel } from '../../models/contract/pipeline.ts';
import { createRaster, type Raster } from '../../models/contract/raster.ts';
import { warp } from '../../models/contract/resample.ts';
import { readComposite } from '../support/composites.ts';
import { readRaster } from '../support/raster.ts';
import { loadShippedDetector } from '../support/shipped-detector.ts';
import { STUB_DETECTOR_MANIFEST, stubDetector, uprightPoints } from '../support/stub-models.ts';

describe('decoding', () => {
  const manifest = {
    ...STUB_DETECTOR_MANIFEST,
    inputSize: 64,
    anchors: [
      { size: 2, perCell: 1 },
      { size: 1, perCell: 2 },
    ],
  };
  /** Box centre and size, left eye, right eye, nose, mouth, left and right ear. */
  const values = [1, 2, 20, 24, -4, -3, 5, -3, -1, -1, 1, 6, -8, -1, 9, -1];
  const decode = (logits: readonly number[]) =>
    decodeDetections(
      Float32Array.from(logits.flatMap(() => values)),
      Float32Array.from(logits),
      manifest,
    );

  test('adds an anchor to its values', () => {
    // Anchor 2 is the lower left cell, with its centre at (16, 48).
    expect(decode([-9, -9, 2, -9, -9, -9])).toEqual([
      {
        box: { x: 7, y: 38, width: 20, height: 24 },
        points: {
          leftEye: { x: 12, y: 45 },
          rightEye: { x: 21, y: 45 },
          nose: { x: 15, y: 47 },
          mouth: { x: 17, y: 54 },
          leftEar: { x: 8, y: 47 },
          rightEar: { x: 25, y: 47 },
        },
        score: expect.closeTo(1 / (1 + Math.exp(-2)), 6) as number,
      },
    ]);
  });

  test('leaves out what is not probable enough', () => {
    expect(decode([-9, -0.01, -9, -9, -9, -9])).toEqual([]);
    expect(decode([-9, 0.01, -9, -9, -9, -9])).toHaveLength(1);
  });

  test('counts detections of one face once, and faces apart each', () => {
    expect(decode([-9, -9, -9, -9, 3, 1])).toHaveLength(1);
    expect(decode([1, 2, 3, -9, -9, -9])).toHaveLength(3);
  });

  test('a box within a box is the same face, one beside it is not', () => {
    const box = { x: 0, y: 0, width: 100, height: 100 };
    expect(isSameFace(box, { x: 30, y: 50, width: 40, height: 40 }, 0.3)).toBe(true);
    expect(isSameFace(box, { x: 20, y: 0, width: 100, height: 100 }, 0.3)).toBe(true);
    expect(isSameFace(box, { x: 70, y: 0, width: 100, height: 100 }, 0.3)).toBe(false);
    expect(isSameFace(box, { x: 100, y: 0, width: 100, height: 100 }, 0.3)).toBe(false);
  });
});

describe('detection with a stub', () => {
  const photo = createRaster(300, 200);
  const small = { x: 0.25, y: 0.5, eyeDistance: 0.08 };
  const large = { x: 0.7, y: 0.4, eyeDistance: 0.16 };

  const expectPoints = (face: Face | undefined, points: FacePoints): void => {
    for (const name of ['leftEye', 'rightEye', 'mouth'] as const) {
      expect(face?.points[name].x).toBeCloseTo(points[name].x, 2);
      expect(face?.points[name].y).toBeCloseTo(points[name].y, 2);
    }
  };

  test('finds faces in the photo, the largest first, and not more than wanted', async () => {
    const faces = await detectFaces(photo, stubDetector([small, large]), 9);
    expect(faces).toHaveLength(2);
    // The square is 300 px wide and starts 50 px above the photo.
    expectPoints(faces[0], uprightPoints(210, 70, 0.16 * 300));
    expectPoints(faces[1], uprightPoints(75, 100, 0.08 * 300));
    const first = await detectFaces(photo, stubDetector([small, large]), 1);
    expect(first).toEqual([faces[0]]);
    expect(await detectFaces(photo, stubDetector([]), 9)).toEqual([]);
  });

  test('adds the offset in the aligned frame', async () => {
    const offset = {
      leftEye: { x: 1, y: 2 },
      rightEye: { x: -1, y: 0.5 },
      mouth: { x: 0, y: -4 },
    };
    const plain = stubDetector([large]);
    const moved = stubDetector([large]);
    const corrected = { ...moved, manifest: { ...moved.manifest, pointOffset: offset } };
    const [before] = await detectFaces(photo, plain, 1);
    const [after] = await detectFaces(photo, corrected, 1);
    if (before === undefined || after === undefined) throw new Error('no face');
    const toCrop = alignFace(before.points, CELEBA_CROP);
    for (const name of ['leftEye', 'rightEye', 'mouth'] as const) {
      const a = applySimilarity(toCrop, before.points[name]);
      const b = applySimilarity(toCrop, after.points[name]);
      expect(b.x - a.x).toBeCloseTo(offset[name].x, 4);
      expect(b.y - a.y).toBeCloseTo(offset[name].y, 4);
    }
  });

  test('an answer of another shape is refused', async () => {
    const detector = stubDetector([large]);
    const manifest = { ...detector.manifest, anchors: [{ size: 2, perCell: 2 }] };
    await expect(detectFaces(photo, { ...detector, manifest }, 1)).rejects.toThrow(
      /output boxes has dims \[1,4,16\], expected \[1,8,16\]/,
    );
  });
});

describe('detection with the shipped model', () => {
  let detector: LoadedModel<DetectorManifest>;
  let portrait: Raster;

  beforeAll(async () => {
    detector = await loadShippedDetector();
    portrait = await readRaster(readComposite());
  });

  test('finds the eyes and the mouth of a portrait', async () => {
    const { pointOffset } = STUB_DETECTOR_MANIFEST;
    // The offset follows the training data's idea of a mouth, so without it points can be seen.
    const uncorrected = { ...detector, manifest: { ...detector.manifest, pointOffset } };
    const faces = await detectFaces(portrait, uncorrected, 9);
    expect(faces).toHaveLength(1);
    // Read off the enlarged picture under a grid of 20 px, to about 5 px.
    const seen = {
      leftEye: { x: 234, y: 284 },
      rightEye: { x: 405, y: 284 },
      mouth: { x: 314, y: 457 },
    };
    for (const name of ['leftEye', 'rightEye', 'mouth'] as const) {
      const { x = 0, y = 0 } = faces[0]?.points[name] ?? {};
      expect(Math.hypot(x - seen[name].x, y - seen[name].y)).toBeLessThan(16);
    }
  });

  const view = (scale: number, angle: number): Similarity => {
    const a = scale * Math.cos(angle);
    const b = scale * Math.sin(angle);
    return { a, b, tx: 400 - a * 320 + b * 370, ty: 300 - b * 320 - a * 370 };
  };

  test.each([
    ['small', view(0.4, 0)],
    ['filling the photo', view(1.4, 0)],
    ['tilted', view(0.6, 0.45)],
  ])('finds the same points in a face that is %s', async (_, similarity) => {
    const [reference] = await detectFaces(portrait, detector, 1);
    const faces = await detectFaces(warp(portrait, similarity, 800, 600), detector, 9);
    expect(faces).toHaveLength(1);
    if (reference === undefined || faces[0] === undefined) throw new Error('no face');
    const toCrop = alignFace(faces[0].points, CELEBA_CROP);
    const referenceToCrop = alignFace(reference.points, CELEBA_CROP);
    for (const name of ['leftEye', 'rightEye', 'mouth'] as const) {
      const point = reference.points[name];
      const here = applySimilarity(toCrop, applySimilarity(similarity, point));
      const there = applySimilarity(referenceToCrop, point);
      expect(Math.hypot(here.x - there.x, here.y - there.y)).toBeLessThan(2.5);
    }
  });
});
