import { GraphBuilder, type Value } from '../../exporter/onnx/graph-builder.ts';
import type { TensorMap } from '../../models/contract/tensor.ts';
import { Random } from '../../trainer/random.ts';

/** What a small network is made of, beside its shape. */
export interface SmallNetwork {
  readonly seed: number;
  /** Factor of the weights of `middle`. */
  readonly gain?: number;
}

/**
 * A network of a generator's kind with random weights, uint8 `image` [n, h, w, 3] to float32
 * `residual` [n, 3, h, w]: a convolution of the picture, one of a normalisation, one with bias and
 * ReLU of an enlarged map beside a shortcut, and a head.
 */
export function buildSmallNetwork({ seed, gain = 1 }: SmallNetwork): Uint8Array {
  const random = new Random(seed);
  const graph = new GraphBuilder();
  const conv = (name: string, x: Value, dims: readonly number[], stride: number, scale = 1) => {
    const [outputs = 0, inputs = 0, side = 0] = dims;
    const deviation = scale * Math.sqrt(2 / (inputs * side * side));
    const length = outputs * inputs * side * side;
    const kernel = Float32Array.from({ length }, () => deviation * random.normal());
    const bias = Float32Array.from({ length: outputs }, () => 0.1 * random.normal());
    const values = [
      x,
      graph.initializer(`${name}/weights`, dims, kernel),
      graph.initializer(`${name}/offsets`, [outputs], bias),
    ];
    const pad = (side - 1) >> 1;
    const attributes = { pads: [pad, pad, pad, pad], strides: [stride, stride] };
    return graph.op('Conv', name, values, { kernel_shape: [side, side], ...attributes });
  };
  const image = graph.input('image', 'uint8', ['n', 'h', 'w', 3]);
  const levels = graph.op('Cast', 'levels', [image], { to: 1 });
  const planes = graph.op('Transpose', 'planes', [levels], { perm: [0, 3, 1, 2] });
  const centred = graph.op('Div', 'centred', [planes, graph.scalar('range', 255)]);
  const stem = graph.op('Relu', 'stem/relu', [conv('stem', centred, [8, 3, 3, 3], 1)]);
  const down = conv('middle', stem, [8, 8, 3, 3], 2, gain);
  const ones = graph.initializer('norm/gain', [8], new Float32Array(8).fill(1));
  const zeros = graph.initializer('norm/shift', [8], new Float32Array(8));
  const norm = graph.op('InstanceNormalization', 'norm', [down, ones, zeros], {
    epsilon: { float: 1e-5 },
  });
  const scales = graph.initializer('scales', [4], Float32Array.of(1, 1, 2, 2));
  const enlarged = graph.op('Resize', 'enlarged', [graph.op('Relu', 'r', [norm]), '', scales], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
  const up = graph.op('Relu', 'up/relu', [conv('up', enlarged, [8, 8, 3, 3], 1)]);
  const sum = graph.op('Add', 'sum', [up, conv('skip', stem, [8, 8, 1, 1], 1)]);
  const head = conv('head', sum, [3, 8, 3, 3], 1, 0.2);
  graph.output(graph.op('Tanh', 'residual', [head]), 'float32', ['n', 3, 'h', 'w']);
  return graph.build('small', {});
}

/** Pictures of noise for it, 16x12 px. */
export function noisePictures(count: number, seed: number): TensorMap[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => ({
    image: {
      type: 'uint8',
      dims: [1, 16, 12, 3],
      data: Uint8Array.from({ length: 16 * 12 * 3 }, () => random.integer(0, 255)),
    },
  }));
}
