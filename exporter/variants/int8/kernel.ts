import type { TensorProto } from '../../onnx/messages.ts';

/**
 * Kernels have seven bits. Without VNNI, x86 multiplies with VPMADDUBSW, which adds two products of
 * an unsigned and a signed byte in 16 bits and clips the sum: 2 * 255 * 63 = 32130 always fits
 * below 32767, 2 * 255 * 127 does not. ONNX Runtime's documentation offers this (`reduce_range`) or
 * unsigned kernels, which run at half the speed:
 * https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
 */
export const MAX_KERNEL_LEVEL = 63;

export type FloatTensor = Pick<TensorProto & { readonly type: 'float32' }, 'dims' | 'data'>;

export interface QuantizedKernel {
  /** int8, dims of the kernel. */
  readonly levels: Int8Array;
  /** One an output channel: kernel = scale * level. */
  readonly scales: Float32Array;
}

/**
 * Rounds a kernel [out, in, ...] to symmetric levels of its own in each output channel.
 *
 * @param leastScale the finest scale that a channel may have
 * @throws Error for values that are not finite
 */
export function quantizeKernel(
  name: string,
  { dims, data }: FloatTensor,
  leastScale: (channel: number) => number = () => 0,
): QuantizedKernel {
  const channels = dims[0] ?? 0;
  const size = data.length / channels;
  const levels = new Int8Array(data.length);
  const scales = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const values = data.subarray(channel * size, (channel + 1) * size);
    const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    if (!Number.isFinite(largest)) {
      throw new Error(`${name} has weights that are not finite: check the model's weights`);
    }
    // A channel of zeros is zero at every scale.
    const scale = Math.fround(Math.max(largest / MAX_KERNEL_LEVEL, leastScale(channel))) || 1;
    scales[channel] = scale;
    values.forEach((value, i) => {
      const level = Math.round(value / scale);
      levels[channel * size + i] = Math.max(-MAX_KERNEL_LEVEL, Math.min(MAX_KERNEL_LEVEL, level));
    });
  }
  return { levels, scales };
}

/** Biases stay below this many levels, far from the ends of int32, so that sums do not overflow. */
const MAX_BIAS_LEVEL = 2 ** 29;

/** The finest kernel scale with which a bias fits beside the sums of products. */
export function leastScaleOf(bias: number, inputScale: number): number {
  return Math.abs(bias) / (inputScale * MAX_BIAS_LEVEL);
}

/** Biases as int32 in units of the products: one of them is inputScale * kernelScale. */
export function quantizeBias(
  bias: Float32Array,
  inputScale: number,
  kernelScales: Float32Array,
): { readonly levels: Int32Array; readonly scales: Float32Array } {
  const scales = kernelScales.map((scale) => inputScale * scale);
  const levels = Int32Array.from(bias, (value, i) => Math.round(value / (scales[i] as number)));
  return { levels, scales };
}
