import { attribute, GraphModelWriter, windowAttributes } from './graph-model-writer.ts';

/**
 * MobileNets as tensorflowjs_converter exports them, with random weights: batch normalisations folded,
 * bias and activation fused. Node names and attributes are those of such exports.
 */

/** Channels and strides behind the first convolution. Howard et al. 2017, table 1. */
const V1_BLOCKS = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  ...Array.from({ length: 5 }, () => [512, 1] as const),
  [1024, 2],
  [1024, 1],
] as const;

/** Expansion, channels, repeats and stride of the first. Sandler et al. 2018, table 2. */
const V2_BLOCKS = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

export interface MobilenetSize {
  /** Side of the input in px. */
  readonly side: number;
  /** Share of the channels of the full network. */
  readonly width: number;
  readonly classes: number;
}

/**
 * MobileNet v1 as the TensorFlow Hub module has it: pictures in [0, 1] are scaled first; the head is an
 * average pooling, a convolution of 1x1, Squeeze and Softmax.
 */
export function writeMobilenetV1({ side, width, classes }: MobilenetSize): GraphModelWriter {
  const writer = new GraphModelWriter();
  writer.placeholder('images', [-1, side, side, 3]);
  writer.node('Mul', 'hub_input/Mul', ['images', writer.floats('hub_input/Mul/y', [2], [])]);
  writer.node('Sub', 'hub_input/Sub', ['hub_input/Mul', writer.floats('hub_input/Sub/y', [1], [])]);
  const scope = 'MobilenetV1';
  let channels = Math.round(32 * width);
  let x = fusedConv(writer, `${scope}/Conv2d_0/Relu6`, 'hub_input/Sub', [3, 3, 3, channels], 2);
  for (const [i, [full, stride]] of V1_BLOCKS.entries()) {
    const name = `${scope}/Conv2d_${i + 1}`;
    const next = Math.round(full * width);
    x = fusedDepthwise(writer, `${name}_depthwise/Relu6`, x, channels, stride);
    x = fusedConv(writer, `${name}_pointwise/Relu6`, x, [1, 1, channels, next], 1);
    channels = next;
  }
  const cells = Math.ceil(side / 32);
  writer.node('AvgPool', `${scope}/Logits/AvgPool_1a/AvgPool`, [x], {
    ...windowAttributes({ padding: 'VALID' }),
    ksize: attribute.integers(1, cells, cells, 1),
  });
  const head = `${scope}/Logits/Conv2d_1c_1x1/BiasAdd`;
  const pooled = `${scope}/Logits/AvgPool_1a/AvgPool`;
  fusedConv(writer, head, pooled, [1, 1, channels, classes], 1, 'none');
  writer.node('Squeeze', `${scope}/Logits/SpatialSqueeze`, [head], {
    squeeze_dims: attribute.integers(1, 2),
  });
  writer.node('Softmax', `${scope}/Predictions/Softmax`, [`${scope}/Logits/SpatialSqueeze`]);
  return writer;
}

/**
 * MobileNet v2 as Keras has it: a Pad and VALID in front of every stride, Mean and a dense layer behind.
 *
 * @param isFree leaves height and width free
 */
export function writeMobilenetV2(
  { side, width, classes }: MobilenetSize,
  isFree = false,
): GraphModelWriter {
  const writer = new GraphModelWriter();
  const size = isFree ? -1 : side;
  writer.placeholder('input_1', [-1, size, size, 3]);
  let channels = Math.round(32 * width);
  let x = fusedConv(writer, 'Conv1_relu/Relu6', 'input_1', [3, 3, 3, channels], 2, 'Relu6', true);
  let block = 0;
  for (const [expansion, full, repeats, firstStride] of V2_BLOCKS) {
    for (let i = 0; i < repeats; i++) {
      const name = `block_${block++}`;
      const next = Math.max(4, Math.round(full * width));
      const inner = channels * expansion;
      const start = x;
      if (expansion > 1) {
        x = fusedConv(writer, `${name}_expand_relu/Relu6`, x, [1, 1, channels, inner], 1);
      }
      const stride = i === 0 ? firstStride : 1;
      x = fusedDepthwise(writer, `${name}_depthwise_relu/Relu6`, x, inner, stride, stride > 1);
      const kernel = [1, 1, inner, next] as const;
      x = fusedConv(writer, `${name}_project_BN/FusedBatchNormV3`, x, kernel, 1, 'none');
      if (i > 0) x = writer.node('AddV2', `${name}_add/add`, [start, x]);
      channels = next;
    }
  }
  const features = Math.round(1280 * Math.max(1, width));
  x = fusedConv(writer, 'out_relu/Relu6', x, [1, 1, channels, features], 1);
  const axes = writer.integers('global_average_pooling2d/Mean/reduction_indices', [1, 2]);
  writer.node('Mean', 'global_average_pooling2d/Mean', [x, axes], {
    keep_dims: attribute.flag(false),
  });
  const weights = writer.random('predictions/kernel', [features, classes], 1 / Math.sqrt(features));
  const bias = writer.random('predictions/bias', [classes], 0.1);
  writer.node(
    '_FusedMatMul',
    'predictions/BiasAdd',
    ['global_average_pooling2d/Mean', weights, bias],
    { fused_ops: attribute.texts('BiasAdd'), num_args: attribute.integer(1) },
  );
  writer.node('Softmax', 'predictions/Softmax', ['predictions/BiasAdd']);
  writer.node('Identity', 'Identity', ['predictions/Softmax']);
  return writer;
}

/** Keras pads by hand where it strides: zeros at the end, and VALID. */
function padBefore(writer: GraphModelWriter, name: string, x: string): string {
  const pads = writer.integers(`${name}/pad/paddings`, [0, 0, 0, 1, 0, 1, 0, 0], [4, 2]);
  return writer.node('Pad', `${name}/pad`, [x, pads]);
}

function fusedConv(
  writer: GraphModelWriter,
  name: string,
  input: string,
  kernel: readonly [number, number, number, number],
  stride: number,
  activation: 'Relu6' | 'none' = 'Relu6',
  isPadded = false,
): string {
  const [height, width, inputs, outputs] = kernel;
  const x = isPadded ? padBefore(writer, name, input) : input;
  const deviation = Math.sqrt(2 / (height * width * inputs));
  const weights = writer.random(`${name}/weights`, kernel, deviation);
  const bias = writer.random(`${name}/offset`, [outputs], 0.1);
  return writer.node('_FusedConv2D', name, [x, weights, bias], {
    ...windowAttributes({ strides: [stride, stride], padding: isPadded ? 'VALID' : 'SAME' }),
    fused_ops: attribute.texts('BiasAdd', ...(activation === 'none' ? [] : [activation])),
    num_args: attribute.integer(1),
    epsilon: attribute.float(0),
  });
}

function fusedDepthwise(
  writer: GraphModelWriter,
  name: string,
  input: string,
  channels: number,
  stride: number,
  isPadded = false,
): string {
  const x = isPadded ? padBefore(writer, name, input) : input;
  const weights = writer.random(`${name}/weights`, [3, 3, channels, 1], Math.sqrt(2 / 9));
  const bias = writer.random(`${name}/offset`, [channels], 0.1);
  return writer.node('FusedDepthwiseConv2dNative', name, [x, weights, bias], {
    ...windowAttributes({ strides: [stride, stride], padding: isPadded ? 'VALID' : 'SAME' }),
    fused_ops: attribute.texts('BiasAdd', 'Relu6'),
    num_args: attribute.integer(1),
  });
}
