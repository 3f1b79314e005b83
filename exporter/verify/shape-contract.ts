import type { Manifest } from '../../models/contract/manifest.ts';
import {
  IMAGE,
  type ModelRunner,
  type Tensor,
  type TensorMap,
} from '../../models/contract/tensor.ts';
import { Random } from '../../trainer/random.ts';
import { compareValues } from '../golden.ts';
import { checkAnswer } from './answers.ts';
import { contractTensors } from './declared-tensors.ts';

interface BatchSize {
  readonly n: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Runs a model on noise of every size that the contract promises, alone and in batches.
 *
 * @throws Error that names the size and the fault; a model that works on NCHW is told as such
 */
export async function checkShapes(runner: ModelRunner, manifest: Manifest): Promise<void> {
  for (const size of promisedSizes(manifest)) {
    const image = drawNoise(size);
    try {
      const answer = await runNhwc(runner, image);
      checkAnswer(manifest.kind, contractTensors(manifest), image, answer);
      if (size.n > 1) await checkBatch(runner, manifest, image, answer);
    } catch (cause) {
      const { message } = cause as Error;
      throw new Error(`${message} (on an input [${image.dims.join()}])`, { cause });
    }
  }
}

/** Of a generator the crop's size, a smaller and a larger one; the detector has one size only. */
function promisedSizes(manifest: Manifest): BatchSize[] {
  if (manifest.kind === 'face-detector') {
    const side = { height: manifest.inputSize, width: manifest.inputSize };
    return [
      { n: 1, ...side },
      { n: 3, ...side },
    ];
  }
  const { sizeMultiple: step, crop } = manifest;
  const { width, height } = crop;
  return [
    { n: 1, height, width },
    { n: 3, height: 6 * step, width: 11 * step },
    { n: 2, height: height + 7 * step, width: width + 4 * step },
  ];
}

function drawNoise({ n, height, width }: BatchSize): Tensor {
  const random = new Random(n);
  const data = Uint8Array.from({ length: n * height * width * 3 }, () => random.integer(0, 255));
  return { type: 'uint8', dims: [n, height, width, 3], data };
}

async function runNhwc(runner: ModelRunner, image: Tensor): Promise<TensorMap> {
  try {
    return await runner.run({ [IMAGE]: image });
  } catch (cause) {
    if (await takesNchw(runner, image)) {
      throw new Error('wrong layout: the model takes NCHW, expected NHWC', { cause });
    }
    throw new Error(`the model cannot run: ${(cause as Error).message}`, { cause });
  }
}

async function takesNchw(runner: ModelRunner, { dims, data }: Tensor): Promise<boolean> {
  const [n = 0, h = 0, w = 0] = dims;
  try {
    await runner.run({
      [IMAGE]: { type: 'uint8', dims: [n, 3, h, w], data: Uint8Array.from(data) },
    });
    return true;
  } catch {
    return false;
  }
}

/** What a batch gives for its last image must be what that image gives alone. */
async function checkBatch(
  runner: ModelRunner,
  { golden }: Manifest,
  image: Tensor,
  answer: TensorMap,
): Promise<void> {
  const alone = await runNhwc(runner, lastOf(image));
  for (const { output, tolerance } of golden.outputs) {
    const [inBatch, single] = [answer[output], alone[output]];
    if (inBatch === undefined || single === undefined) continue;
    const { maxAbs } = compareValues(lastOf(inBatch).data, single.data);
    if (!(maxAbs <= (tolerance['cpu']?.maxAbs ?? 0))) {
      throw new Error(
        `the output ${output} of an image differs by ${maxAbs} between a batch and the image alone: images of a batch must not mix`,
      );
    }
  }
}

function lastOf(tensor: Tensor): Tensor {
  const [n = 1, ...rest] = tensor.dims;
  const from = (tensor.data.length / n) * (n - 1);
  const dims = [1, ...rest];
  if (tensor.type === 'uint8') return { type: 'uint8', dims, data: tensor.data.slice(from) };
  return { type: 'float32', dims, data: tensor.data.slice(from) };
}
