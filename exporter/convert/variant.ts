import type { Tensor, TensorMap } from '../../models/contract/tensor.ts';
import type { Precision } from '../../models/contract/variants.ts';
import type { ImageRange } from '../onnx/image.ts';
import { NOMINAL_SIZE } from '../onnx/network.ts';
import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';
import { readCalibrationPictures } from '../variants/calibration-pictures.ts';
import { storeHalfWeights } from '../variants/half-weights.ts';
import { quantizeModel } from '../variants/int8/quantize.ts';
import type { IoFormat } from './border.ts';
import type { ConvertedNetwork } from './convert-network.ts';

export const PRECISIONS = ['fp32', 'fp16', 'int8'] as const;

/**
 * A converted model in another precision.
 *
 * @param calibration for int8: inputs as the file takes them, of what the model is for
 * @throws InvalidModelError when the model has weights or layers that do not allow it
 */
export async function inPrecision(
  model: Uint8Array,
  precision: Precision,
  calibration: readonly TensorMap[],
): Promise<Uint8Array> {
  if (precision === 'fp32') return model;
  try {
    return precision === 'fp16' ? storeHalfWeights(model) : await quantizeModel(model, calibration);
  } catch (cause) {
    if (!(cause instanceof Error) || cause.constructor !== Error) throw cause;
    throw new InvalidModelError(`the model cannot be written as ${precision}: ${cause.message}`, {
      cause,
    });
  }
}

/**
 * Pictures of a folder as inputs of a converted model, upright, cut and scaled to its size.
 *
 * @param range what the model takes for black and white, where its input is float
 * @throws InvalidModelError unless the model's only input is a picture of 3 channels, and for a
 *   folder without pictures
 */
export async function pictureFeeds(
  folder: string,
  { inputs, sizeMultiples }: ConvertedNetwork,
  io: IoFormat,
  range: ImageRange,
): Promise<TensorMap[]> {
  const [input, ...others] = inputs;
  const isPlanes = io === 'float32-nchw';
  const [height, width, channels] = isPlanes
    ? [input?.dims[2], input?.dims[3], input?.dims[1]]
    : [input?.dims[1], input?.dims[2], input?.dims[3]];
  if (input === undefined || others.length > 0 || input.dims.length !== 4 || channels !== 3) {
    throw new InvalidModelError(
      'only models whose one input is a picture of 3 channels can be calibrated on a folder',
    );
  }
  const size = {
    height: pictureSize(height, sizeMultiples),
    width: pictureSize(width, sizeMultiples),
  };
  const pictures = await readCalibrationPictures(folder, size).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidModelError(reason, { cause });
  });
  return pictures.map((picture) => {
    if (input.type === 'uint8') return { [input.name]: picture };
    return { [input.name]: toFloats(picture, range, isPlanes) };
  });
}

/** A fixed size, or the nominal one rounded up to what the model takes. */
function pictureSize(
  dim: number | string | undefined,
  sizeMultiples: Readonly<Record<string, number>>,
): number {
  if (typeof dim === 'number') return dim;
  const multiple = sizeMultiples[dim ?? ''] ?? 1;
  return Math.ceil(NOMINAL_SIZE / multiple) * multiple;
}

/** Grey levels in the model's range; as planes [1, c, h, w] where wanted. */
function toFloats({ dims, data }: Tensor, range: ImageRange, isPlanes: boolean): Tensor {
  const [batch = 1, height = 0, width = 0, channels = 0] = dims;
  const scale = { '0..1': 1 / 255, '-1..1': 1 / 127.5, '0..255': 1 }[range];
  const offset = range === '-1..1' ? -1 : 0;
  const pixels = height * width;
  const values = Float32Array.from(data, (_, i) => {
    const from = isPlanes ? (i % pixels) * channels + Math.floor(i / pixels) : i;
    return scale * (data[from] as number) + offset;
  });
  const order = isPlanes ? [batch, channels, height, width] : dims;
  return { type: 'float32', dims: order, data: values };
}
