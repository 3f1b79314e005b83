/** What changes between tf.js (NHWC data, HWIO kernels) and the NCHW graph inside our files. */

/** A kernel [h, w, in, out] as [out, in, h, w]. */
export function hwioToOihw(kernel: Float32Array, shape: readonly number[]): Float32Array {
  const [height, width, inputs, outputs] = kernelShape(shape);
  const turned = new Float32Array(kernel.length);
  let from = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let i = 0; i < inputs; i++) {
        for (let o = 0; o < outputs; o++) {
          turned[((o * inputs + i) * height + y) * width + x] = kernel[from++] as number;
        }
      }
    }
  }
  return turned;
}

/** Rows or columns added before and after. */
export interface Pads {
  readonly begin: number;
  readonly end: number;
}

/** TensorFlow's SAME padding of one axis: the odd pixel goes to the end. */
export function samePads(size: number, kernel: number, stride: number): Pads {
  const outputs = Math.ceil(size / stride);
  const total = Math.max(0, (outputs - 1) * stride + kernel - size);
  const begin = Math.floor(total / 2);
  return { begin, end: total - begin };
}

function kernelShape(shape: readonly number[]): [number, number, number, number] {
  if (shape.length !== 4) throw new Error(`a kernel has four dims, this one has [${shape.join()}]`);
  return shape as [number, number, number, number];
}
