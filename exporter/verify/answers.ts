import type { Manifest } from '../../models/contract/manifest.ts';
import {
  IMAGE,
  RESIDUAL,
  RESULT,
  requireBytes,
  requireFloats,
  type Tensor,
  type TensorMap,
} from '../../models/contract/tensor.ts';
import type { ModelTensors } from './declared-tensors.ts';

/** In grey levels: the family `classic` overshoots the range of 255 by a twentieth at each end. */
const RESIDUAL_LIMIT = 1.1 * 255;
/** Half a level is what rounding takes off; the rest is float32's own error. */
const ROUNDING_TOLERANCE = 0.501;

/**
 * Checks what a model answered to any image: every output with the dims and type of the contract and
 * without NaN, and of a generator `result` = clip(round(image + residual)) with a residual in grey
 * levels.
 *
 * @throws Error that names the output and what is wrong with it
 */
export function checkAnswer(
  kind: Manifest['kind'],
  { outputs }: ModelTensors,
  image: Tensor,
  answer: TensorMap,
): void {
  const [n = 0, h = 0, w = 0] = image.dims;
  const sizes: Readonly<Record<string, number>> = { n, h, w };
  for (const { name, type, dims } of outputs) {
    const expected = dims.map((dim) => (typeof dim === 'number' ? dim : (sizes[dim] ?? 0)));
    if (type === 'uint8') requireBytes(answer, name, expected);
    else requireFloats(answer, name, expected);
  }
  if (kind !== 'generator') return;
  const residual = requireFloats(answer, RESIDUAL, image.dims);
  checkRange(residual);
  checkSum(image.data, residual, requireBytes(answer, RESULT, image.dims));
}

function checkRange(residual: Float32Array): void {
  const largest = residual.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  if (largest > RESIDUAL_LIMIT) {
    throw new Error(
      `wrong range: the output ${RESIDUAL} reaches ${largest}, at most ${RESIDUAL_LIMIT} grey levels are possible`,
    );
  }
}

function checkSum(image: Tensor['data'], residual: Float32Array, result: Uint8Array): void {
  for (const [i, level] of result.entries()) {
    const sum = (image[i] ?? 0) + (residual[i] ?? 0);
    const clipped = Math.min(255, Math.max(0, sum));
    if (Math.abs(level - clipped) > ROUNDING_TOLERANCE) {
      throw new Error(
        `wrong range: ${RESULT} is ${level} where ${IMAGE} + ${RESIDUAL} is ${sum}; expected clip(round(${IMAGE} + ${RESIDUAL})) in grey levels`,
      );
    }
  }
}
