import {
  CELEBA_CROP,
  type CropGeometry,
  type FacePoints,
  listPoints,
} from '../../models/contract/crop.ts';
import type { Point } from '../../models/contract/geometry.ts';
import type {
  DetectorManifest,
  GeneratorManifest,
  GoldenPairs,
} from '../../models/contract/manifest.ts';
import type { LoadedModel } from '../../models/contract/pipeline.ts';
import type { ModelRunner } from '../../models/contract/tensor.ts';

const INPUT_SIZE = 64;
/** All of the stub's anchors lie in the one cell of its grid, at the middle of the square. */
const ANCHORS = 4;
const NO_GOLDEN: GoldenPairs = {
  input: { name: 'image', path: 'golden-image.bin', dims: [1], type: 'uint8' },
  outputs: [],
};
const NO_OFFSET = { leftEye: { x: 0, y: 0 }, rightEye: { x: 0, y: 0 }, mouth: { x: 0, y: 0 } };

export const STUB_DETECTOR_MANIFEST: DetectorManifest = {
  schema: 1,
  kind: 'face-detector',
  name: 'face-detector',
  version: 1,
  title: 'Stub',
  licence: 'MIT',
  files: [],
  opset: 17,
  inputs: [{ name: 'image', type: 'uint8', dims: ['n', INPUT_SIZE, INPUT_SIZE, 3] }],
  outputs: [
    { name: 'boxes', type: 'float32', dims: ['n', ANCHORS, 16] },
    { name: 'scores', type: 'float32', dims: ['n', ANCHORS, 1] },
  ],
  parameters: 0,
  gflop: 0,
  golden: NO_GOLDEN,
  parity: [],
  inputSize: INPUT_SIZE,
  anchors: [{ size: 1, perCell: ANCHORS }],
  minScore: 0.5,
  maxOverlap: 0.3,
  pointOffset: NO_OFFSET,
};

export const STUB_GENERATOR_MANIFEST: GeneratorManifest = {
  schema: 1,
  kind: 'generator',
  name: 'stub',
  version: 1,
  title: 'Stub',
  licence: 'MIT',
  files: [],
  opset: 17,
  inputs: [{ name: 'image', type: 'uint8', dims: ['n', 'h', 'w', 3] }],
  outputs: [
    { name: 'result', type: 'uint8', dims: ['n', 'h', 'w', 3] },
    { name: 'residual', type: 'float32', dims: ['n', 'h', 'w', 3] },
  ],
  parameters: 0,
  gflop: 0,
  golden: NO_GOLDEN,
  parity: [],
  crop: CELEBA_CROP,
  sizeMultiple: 4,
  training: {
    preset: 'none',
    configSha256: 'none',
    dataSha256: 'none',
    faces: 'none',
    targets: {},
    steps: 0,
    images: 0,
    trainMinutes: 0,
    divergences: [],
    backend: 'none',
    commit: 'none',
  },
  evaluation: [],
  data: [],
};

/** Where the stub sees a face: centre and distance of the eyes as shares of the square's side. */
export interface StubFace {
  readonly x: number;
  readonly y: number;
  readonly eyeDistance: number;
}

/**
 * A detector that finds the given faces when it is shown a photo, and an upright face in the middle
 * whenever it looks again; without faces none, wherever it looks.
 */
export function stubDetector(faces: readonly StubFace[]): LoadedModel<DetectorManifest> {
  let isFirstLook = true;
  return {
    manifest: STUB_DETECTOR_MANIFEST,
    runner: {
      async run() {
        const centred = faces.length > 0 ? [{ x: 0.5, y: 0.5, eyeDistance: 0.14 }] : [];
        const seen = isFirstLook ? faces : centred;
        isFirstLook = false;
        const boxes = new Float32Array(ANCHORS * 16);
        const scores = new Float32Array(ANCHORS).fill(-100);
        seen.forEach((face, i) => {
          boxes.set(encodeFace(face), i * 16);
          scores[i] = 3;
        });
        return {
          boxes: { type: 'float32', dims: [1, ANCHORS, 16], data: boxes },
          scores: { type: 'float32', dims: [1, ANCHORS, 1], data: scores },
        };
      },
    },
  };
}

/** An anchor's values for a face shaped like the template. */
function encodeFace({ x, y, eyeDistance }: StubFace): readonly number[] {
  const { template, width, height } = CELEBA_CROP;
  const scale = (eyeDistance * INPUT_SIZE) / (template.rightEye.x - template.leftEye.x);
  const centre = { x: (x - 0.5) * INPUT_SIZE, y: (y - 0.5) * INPUT_SIZE };
  const place = (point: Point): number[] => [
    centre.x + scale * (point.x - width / 2),
    centre.y + scale * (point.y - height / 2),
  ];
  const [leftEye, rightEye, mouth] = listPoints(template) as [Point, Point, Point];
  const nose = { x: width / 2, y: height / 2 };
  const points = [leftEye, rightEye, nose, mouth, leftEye, rightEye].flatMap(place);
  return [centre.x, centre.y, scale * width, scale * width, ...points];
}

/** A generator that adds `residualAt(x, y, c)` grey levels to each sample of a crop. */
export function stubGenerator(
  residualAt: (x: number, y: number, channel: number) => number,
  crop: CropGeometry = CELEBA_CROP,
): LoadedModel<GeneratorManifest> {
  const runner: ModelRunner = {
    async run({ image }) {
      if (image?.type !== 'uint8') throw new Error('the stub needs uint8 pixels');
      const [, , width = 0] = image.dims;
      const pixels = crop.width * crop.height;
      const residual = Float32Array.from(image.data, (_, i) => {
        const pixel = Math.floor(i / 3) % pixels;
        return residualAt(pixel % width, Math.floor(pixel / width), i % 3);
      });
      const result = Uint8ClampedArray.from(image.data, (level, i) => level + (residual[i] ?? 0));
      return {
        result: { type: 'uint8', dims: image.dims, data: Uint8Array.from(result) },
        residual: { type: 'float32', dims: image.dims, data: residual },
      };
    },
  };
  return { manifest: { ...STUB_GENERATOR_MANIFEST, crop }, runner };
}

/** Points of an upright face with eyes `eyeDistance` px apart around (x, y). */
export function uprightPoints(x: number, y: number, eyeDistance: number): FacePoints {
  const { template, width, height } = CELEBA_CROP;
  const scale = eyeDistance / (template.rightEye.x - template.leftEye.x);
  const place = (point: Point): Point => ({
    x: x + scale * (point.x - width / 2),
    y: y + scale * (point.y - height / 2),
  });
  return {
    leftEye: place(template.leftEye),
    rightEye: place(template.rightEye),
    mouth: place(template.mouth),
  };
}
