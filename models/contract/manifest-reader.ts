import type { CropGeometry, FacePoints } from './crop.ts';
import {
  either,
  integerFrom,
  listOf,
  number,
  numberFrom,
  object,
  oneOf,
  optional,
  possiblyEmptyText,
  type Reader,
  recordOf,
  text,
  textLike,
  withDefault,
} from './json-reader.ts';
import type {
  AnchorGrid,
  DataSource,
  DetectorManifest,
  EvaluationRow,
  GeneratorManifest,
  GoldenPairs,
  MANIFEST_SCHEMA,
  Manifest,
  ModelFile,
  OutputGolden,
  ParityRow,
  TensorSpec,
  Tolerance,
  TrainingDivergence,
  TrainingSummary,
} from './manifest.ts';
import { variantsOf } from './variants-reader.ts';

const count = integerFrom(1);
const elementType = oneOf('uint8', 'float32');
const fileName = textLike(/^[\w-][\w.-]*$/, 'a file name without folders');
const point = object({ x: number, y: number });
const facePoints = object<FacePoints>({ leftEye: point, rightEye: point, mouth: point });
const tolerance = object<Tolerance>({ maxAbs: numberFrom(0), meanAbs: numberFrom(0) });
const tensorSpecs = listOf(
  object<TensorSpec>({ name: text, type: elementType, dims: listOf(either(count, text)) }),
  1,
);
const goldenTensor = { path: fileName, dims: listOf(count), type: elementType };

const base = {
  schema: oneOf<typeof MANIFEST_SCHEMA>(1),
  name: textLike(/^[a-z0-9][a-z0-9-]*$/, 'small letters, digits and hyphens'),
  version: count,
  title: text,
  licence: text,
  files: listOf(
    object<ModelFile>({
      path: fileName,
      sha256: textLike(/^[0-9a-f]{64}$/, 'a SHA-256 in hexadecimal'),
      bytes: integerFrom(0),
    }),
    1,
  ),
  variants: optional(variantsOf(fileName, tolerance)),
  opset: count,
  inputs: tensorSpecs,
  outputs: tensorSpecs,
  parameters: integerFrom(0),
  gflop: numberFrom(0),
  golden: object<GoldenPairs>({
    input: object({ name: text, ...goldenTensor }),
    outputs: listOf(
      object<OutputGolden>({ output: text, ...goldenTensor, tolerance: recordOf(tolerance) }),
      1,
    ),
  }),
  parity: listOf(
    object<ParityRow>({
      output: text,
      inputs: text,
      provider: text,
      maxAbs: numberFrom(0),
      meanAbs: numberFrom(0),
    }),
  ),
};

/** The two fields that say how to read the others. */
export const readKind = object<Pick<Manifest, 'schema' | 'kind'>>({
  schema: base.schema,
  kind: oneOf('generator', 'face-detector'),
});

/** Reads the manifest of a generator. */
export const readGenerator: Reader<GeneratorManifest> = object<GeneratorManifest>({
  ...base,
  kind: oneOf('generator'),
  crop: object<CropGeometry>({
    frame: object({ width: count, height: count }),
    x: number,
    y: number,
    width: count,
    height: count,
    template: facePoints,
  }),
  sizeMultiple: count,
  training: object<TrainingSummary>({
    preset: text,
    configSha256: text,
    dataSha256: text,
    faces: possiblyEmptyText,
    sources: optional(possiblyEmptyText),
    targets: recordOf(text),
    steps: integerFrom(0),
    images: integerFrom(0),
    trainMinutes: numberFrom(0),
    divergences: withDefault(
      listOf(
        object<TrainingDivergence>({
          noticedAtStep: integerFrom(0),
          reason: text,
          reloadedStep: integerFrom(0),
          learningRateScale: numberFrom(0, 1),
        }),
      ),
      [],
    ),
    backend: text,
    commit: text,
  }),
  evaluation: listOf(
    object<EvaluationRow>({
      splits: text,
      figure: text,
      of: text,
      by: text,
      group: text,
      faces: integerFrom(0),
      value: number,
      deviation: optional(numberFrom(0)),
    }),
  ),
  data: listOf(object<DataSource>({ name: text, licence: text, attribution: text })),
});

/** Reads the manifest of a face detector. */
export const readDetector: Reader<DetectorManifest> = object<DetectorManifest>({
  ...base,
  kind: oneOf('face-detector'),
  inputSize: count,
  anchors: listOf(object<AnchorGrid>({ size: count, perCell: count }), 1),
  minScore: numberFrom(0, 1),
  maxOverlap: numberFrom(0, 1),
  pointOffset: facePoints,
});
