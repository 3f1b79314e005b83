import { NORM_EPSILON } from '../../trainer/networks/ops.ts';
import type { FloatConstant } from '../onnx/constants.ts';

/** Scale and shift after a normalisation, one value a channel. */
export interface NormConstants {
  readonly gain: Float32Array;
  readonly shift: Float32Array;
}

/** What a frozen normalisation subtracts and divides by, one value a channel. */
export interface NormStatistics {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** scale * x + bias for each channel. */
export interface ChannelAffine {
  readonly scale: Float64Array;
  readonly bias: Float32Array;
}

/** (x - mean) / sqrt(variance + epsilon) * gain + shift as one scale and one bias. */
export function frozenAffine(
  { gain, shift }: NormConstants,
  { mean, variance }: NormStatistics,
): ChannelAffine {
  const scale = Float64Array.from(
    gain,
    (value, i) => value / Math.sqrt((variance[i] as number) + NORM_EPSILON),
  );
  const bias = shift.map((value, i) => value - (mean[i] as number) * (scale[i] as number));
  return { scale, bias };
}

/** A kernel [h, w, in, out] whose convolution gives each output channel times its scale. */
export function scaleOutputs({ shape, data }: FloatConstant, scale: Float64Array): FloatConstant {
  if (shape[3] !== scale.length) {
    throw new Error(`a kernel [${shape.join()}] does not take ${scale.length} scales`);
  }
  return { shape, data: data.map((value, i) => value * (scale[i % scale.length] as number)) };
}
