import * as tf from '@tensorflow/tfjs';

/** What tf.profile tells of a kernel that ran. */
export interface KernelShapes {
  readonly name: string;
  readonly inputShapes: readonly (readonly number[])[];
  readonly outputShapes: readonly (readonly number[])[];
}

/**
 * Floating point operations of every convolution and matrix product that `run` computes, gradients
 * included: 2 a multiply-accumulate, padding counted. Everything else, some percent, is left out.
 */
export async function countFlop(run: () => void): Promise<number> {
  const { kernels } = await tf.profile(() => {
    run();
    // tf.profile wants a result to describe.
    return [];
  });
  return kernels.reduce((sum, kernel) => sum + kernelFlop(kernel), 0);
}

/** 0 for kernels that are neither a convolution nor a matrix product. */
export function kernelFlop({ name, inputShapes, outputShapes }: KernelShapes): number {
  const shape = (shapes: readonly (readonly number[])[], i: number): readonly number[] => {
    const found = shapes[i];
    if (found === undefined) throw new Error(`${name} has ${shapes.length} shapes, expected more`);
    return found;
  };
  switch (name) {
    // Inputs x and the kernel [h, w, in, out].
    case 'Conv2D':
      return convolutionFlop(shape(outputShapes, 0), shape(inputShapes, 1));
    // Inputs dy and the kernel; the output is dx.
    case 'Conv2DBackpropInput':
      return convolutionFlop(shape(inputShapes, 0), shape(inputShapes, 1));
    // Inputs x and dy; the output is the kernel's gradient.
    case 'Conv2DBackpropFilter':
      return convolutionFlop(shape(inputShapes, 1), shape(outputShapes, 0));
    case 'BatchMatMul':
      return matrixProductFlop(shape(inputShapes, 0), shape(outputShapes, 0));
    default:
      return 0;
  }
}

/** @param result the convolution's output or its gradient, [n, h, w, out] */
function convolutionFlop(result: readonly number[], kernel: readonly number[]): number {
  const [height = 0, width = 0, inputs = 0] = kernel;
  return 2 * sizeOf(result) * height * width * inputs;
}

/** @param a the first factor, [..., rows, inner] or, transposed, [..., inner, rows] */
function matrixProductFlop(a: readonly number[], product: readonly number[]): number {
  const rows = product.at(-2) ?? 1;
  return (2 * sizeOf(product) * sizeOf(a.slice(-2))) / rows;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1);
}
