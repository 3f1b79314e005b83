import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  type DetectorManifest,
  MANIFEST_SCHEMA,
  type ParityRow,
} from '../../models/contract/manifest.ts';
import type { LoadedModel } from '../../models/contract/pipeline.ts';
import { BOXES, IMAGE, SCORES, type Tensor, type TensorMap } from '../../models/contract/tensor.ts';
import { createRunner } from '../../trainer/evaluation/runner.ts';
import { compareValues, createGolden, measureParity, type ToleranceByProvider } from '../golden.ts';
import { OPSET } from '../onnx/graph-builder.ts';
import { checkoutFolder } from '../paths.ts';
import type { DetectorDraft, ModelFiles } from '../publish.ts';
import { buildDetector, DETECTOR_ANCHORS, DETECTOR_SIZE } from './network.ts';
import { NO_OFFSET } from './point-offset.ts';
import { readBlazeface, runBlazeface } from './reference.ts';

/**
 * The largest difference from tf.js with which the detector is published, where 1 is the side of
 * the input or the whole range of a probability.
 */
const MAX_PARITY = 1e-4;

/** In px, and in logits, which reach -4000, where float32 has steps of 0.0005. */
const TOLERANCES: Readonly<Record<string, ToleranceByProvider>> = {
  [BOXES]: {
    cpu: { maxAbs: 0.01, meanAbs: 0.001 },
    wasm: { maxAbs: 0.01, meanAbs: 0.001 },
    webgpu: { maxAbs: 0.25, meanAbs: 0.05 },
    cuda: { maxAbs: 1, meanAbs: 0.1 },
  },
  [SCORES]: {
    cpu: { maxAbs: 0.05, meanAbs: 0.005 },
    wasm: { maxAbs: 0.05, meanAbs: 0.005 },
    webgpu: { maxAbs: 2, meanAbs: 0.25 },
    cuda: { maxAbs: 8, meanAbs: 0.5 },
  },
};

/** The converted detector, without the offset of its points yet. */
export interface ConvertedDetector {
  readonly draft: DetectorDraft;
  readonly files: ModelFiles;
  readonly loaded: LoadedModel<DetectorManifest>;
}

/**
 * Converts BlazeFace and compares it with tf.js.
 *
 * @param images uint8 [n, 256, 256, 3] for the golden pairs
 * @throws Error when the exported model differs from tf.js by more than 1e-4
 */
export async function convertDetector(version: number, images: Tensor): Promise<ConvertedDetector> {
  await tf.setBackend('cpu');
  const definition = await readBlazeface();
  const graph = buildDetector(definition);
  const model = graph.build('face-detector', {
    name: 'face-detector',
    version: String(version),
    layout: 'uint8 NHWC RGB in; boxes in px and logits out',
    source: '@vladmandic/human 3.3.6, models/blazeface.json',
  });
  const { boxes, scores } = await runBlazeface(definition, Uint8Array.from(images.data));
  const n = images.dims[0] as number;
  const expected = {
    [BOXES]: { type: 'float32', dims: [n, boxes.length / n / 16, 16], data: boxes },
    [SCORES]: { type: 'float32', dims: [n, scores.length / n, 1], data: scores },
  } satisfies TensorMap;
  const runner = await createRunner(model);
  const parity = await measureParity(runner, IMAGE, images, expected);
  const probability = probabilityParity(await runner.run({ [IMAGE]: images }), scores);
  refuseDifference([...parity, probability]);
  const { golden, files } = createGolden(IMAGE, images, expected, TOLERANCES);
  const draft: DetectorDraft = {
    schema: MANIFEST_SCHEMA,
    kind: 'face-detector',
    name: 'face-detector',
    version,
    title: 'Face detector',
    licence: 'Apache-2.0',
    opset: OPSET,
    inputs: [{ name: IMAGE, type: 'uint8', dims: ['n', DETECTOR_SIZE, DETECTOR_SIZE, 3] }],
    outputs: [
      { name: BOXES, type: 'float32', dims: ['n', boxes.length / n / 16, 16] },
      { name: SCORES, type: 'float32', dims: ['n', scores.length / n, 1] },
    ],
    parameters: graph.parameters,
    gflop: Number((graph.flop / 1e9).toPrecision(4)),
    golden,
    parity: [...parity, probability],
    inputSize: DETECTOR_SIZE,
    anchors: DETECTOR_ANCHORS,
    minScore: 0.5,
    maxOverlap: 0.3,
    pointOffset: NO_OFFSET,
  };
  return {
    draft,
    files: { 'model.onnx': model, ...files, LICENSE: await readLicence() },
    loaded: { manifest: { ...draft, files: [] }, runner },
  };
}

/** The licence of BlazeFace asks for a copy of its text with every copy of the model. */
function readLicence(): Promise<string> {
  return readFile(join(checkoutFolder(), 'exporter', 'detector', 'apache-2.0.txt'), 'utf8');
}

function probabilityParity(actual: TensorMap, scores: Float32Array): ParityRow {
  return {
    output: 'probability (sigmoid of scores)',
    inputs: 'golden',
    provider: 'cpu',
    ...compareValues(probabilities(actual[SCORES]?.data), probabilities(scores)),
  };
}

function probabilities(logits: Tensor['data'] = new Float32Array()): Float32Array {
  return Float32Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
}

/** Logits themselves have no limit: deep in the negative their differences mean nothing. */
function refuseDifference(rows: readonly ParityRow[]): void {
  for (const { output, maxAbs } of rows) {
    const unit = output === BOXES ? DETECTOR_SIZE : 1;
    if (output !== SCORES && !(maxAbs / unit <= MAX_PARITY)) {
      throw new Error(
        `the detector's ${output} differs from tf.js by ${maxAbs / unit}, at most ${MAX_PARITY} is allowed; nothing was published`,
      );
    }
  }
}
