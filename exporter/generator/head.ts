import type { FloatConstant } from '../onnx/constants.ts';
import { conv } from '../onnx/convolutions.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';

/** Neighbouring pixels of a row that one position gives; every width is a multiple of it. */
const PIXELS = 4;
const COLORS = 3;

/**
 * The last convolution, of 3x3 to three channels, and the hyperbolic tangent. ONNX Runtime computes
 * channels in blocks of 8 or 16, most of which three would leave empty: so one position gives the
 * channels of four pixels side by side, by a kernel that is wider and has zeros where a pixel does not
 * look. The sums are the same.
 *
 * @param kernel [3, 3, in, 3]
 * @returns float32 [n, h, w, 3]
 */
export function addHead(
  graph: GraphBuilder,
  name: string,
  x: TensorValue,
  kernel: FloatConstant,
  bias: Float32Array,
): Value {
  const quads = conv(graph, name, x, widenKernel(kernel), {
    strides: [1, PIXELS],
    padding: [
      { begin: 1, end: 1 },
      { begin: 1, end: 1 },
    ],
    bias: Float32Array.from({ length: PIXELS * COLORS }, (_, i) => bias[i % COLORS] as number),
  });
  const change = graph.op('Tanh', `${name}/tanh`, [quads.value]);
  const rows = graph.op('Transpose', `${name}/rows`, [change], { perm: [0, 2, 3, 1] });
  // [n, h, w / 4, 4 * 3] holds what [n, h, w, 3] does; 0 keeps a size, -1 is what is left.
  const shape = graph.integers(`${name}/shape`, [0, 0, -1, COLORS]);
  return graph.op('Reshape', `${name}/pixels`, [rows, shape]);
}

/** The kernel [3, 3 + 3, in, 4 * 3]: the same one, shifted by a column for each next pixel. */
function widenKernel({ shape, data }: FloatConstant): FloatConstant {
  const [height, width, inputs, outputs] = shape as [number, number, number, number];
  const [columns, channels] = [width + PIXELS - 1, PIXELS * outputs];
  const wide = new Float32Array(height * columns * inputs * channels);
  for (const [from, value] of data.entries()) {
    const output = from % outputs;
    const input = Math.floor(from / outputs) % inputs;
    const column = Math.floor(from / (outputs * inputs)) % width;
    const row = Math.floor(from / (outputs * inputs * width));
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const place = (row * columns + column + pixel) * inputs + input;
      wide[place * channels + pixel * outputs + output] = value;
    }
  }
  return { shape: [height, columns, inputs, channels], data: wide };
}
