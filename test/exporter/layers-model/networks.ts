import * as tf from '@tensorflow/tfjs';

/** Small networks of the kinds that people convert. */

const { layers } = tf;
type Tensor = tf.SymbolicTensor;

function apply(layer: tf.layers.Layer, x: Tensor | Tensor[]): Tensor {
  return layer.apply(x) as Tensor;
}

/** Stem, inverted residuals with squeeze and excitation, global pool and a classifier. */
export function mobileNet(): tf.LayersModel {
  const input = tf.input({ shape: [null, null, 3], name: 'picture' });
  let x = apply(
    layers.conv2d({
      name: 'stem',
      filters: 6,
      kernelSize: 3,
      strides: 2,
      padding: 'same',
      useBias: false,
    }),
    input,
  );
  x = apply(layers.batchNormalization({ name: 'stem_bn' }), x);
  x = apply(layers.reLU({ name: 'stem_relu', maxValue: 6 }), x);
  for (const [i, strides] of [1, 2].entries()) {
    const name = `block${i + 1}`;
    const skip = x;
    x = apply(
      layers.conv2d({ name: `${name}_expand`, filters: 12, kernelSize: 1, useBias: false }),
      x,
    );
    x = apply(layers.batchNormalization({ name: `${name}_expand_bn` }), x);
    x = apply(layers.activation({ name: `${name}_expand_swish`, activation: 'swish' }), x);
    x = apply(
      layers.depthwiseConv2d({
        name: `${name}_depthwise`,
        kernelSize: 3,
        strides,
        padding: 'same',
        useBias: false,
      }),
      x,
    );
    x = apply(layers.batchNormalization({ name: `${name}_depthwise_bn` }), x);
    x = apply(layers.activation({ name: `${name}_depthwise_relu6`, activation: 'relu6' }), x);
    let gate = apply(layers.globalAveragePooling2d({ name: `${name}_squeeze` }), x);
    gate = apply(layers.reshape({ name: `${name}_pixel`, targetShape: [1, 1, 12] }), gate);
    gate = apply(
      layers.conv2d({
        name: `${name}_excite`,
        filters: 12,
        kernelSize: 1,
        activation: 'hardSigmoid',
      }),
      gate,
    );
    x = apply(layers.multiply({ name: `${name}_gated` }), [x, gate]);
    x = apply(
      layers.conv2d({ name: `${name}_project`, filters: 6, kernelSize: 1, useBias: false }),
      x,
    );
    x = apply(layers.batchNormalization({ name: `${name}_project_bn` }), x);
    if (strides === 1) x = apply(layers.add({ name: `${name}_add` }), [skip, x]);
  }
  x = apply(layers.globalAveragePooling2d({ name: 'pool' }), x);
  x = apply(layers.dropout({ name: 'dropout', rate: 0.2 }), x);
  x = apply(layers.dense({ name: 'classes', units: 5, activation: 'softmax' }), x);
  return tf.model({ inputs: input, outputs: x, name: 'mobile' });
}

/** Two halvings, transposed convolutions back up, skips by concatenation, a picture as the result. */
export function uNet(): tf.LayersModel {
  const input = tf.input({ shape: [null, null, 3], name: 'picture' });
  const double = (name: string, filters: number, x: Tensor): Tensor => {
    const first = apply(
      layers.conv2d({ name: `${name}_conv1`, filters, kernelSize: 3, padding: 'same' }),
      x,
    );
    const normal = apply(layers.batchNormalization({ name: `${name}_bn` }), first);
    const active = apply(layers.leakyReLU({ name: `${name}_leaky` }), normal);
    return apply(
      layers.conv2d({
        name: `${name}_conv2`,
        filters,
        kernelSize: 3,
        padding: 'same',
        activation: 'elu',
      }),
      active,
    );
  };
  const full = double('down0', 4, input);
  const half = double('down1', 6, apply(layers.maxPooling2d({ name: 'pool0', poolSize: 2 }), full));
  const bottom = double(
    'bottom',
    8,
    apply(layers.averagePooling2d({ name: 'pool1', poolSize: 2 }), half),
  );
  const up1 = apply(
    layers.conv2dTranspose({ name: 'up1', filters: 6, kernelSize: 3, strides: 2, padding: 'same' }),
    bottom,
  );
  const joined1 = double('join1', 6, apply(layers.concatenate({ name: 'skip1' }), [half, up1]));
  const up0 = apply(
    layers.upSampling2d({ name: 'up0', size: [2, 2], interpolation: 'bilinear' }),
    joined1,
  );
  const joined0 = double('join0', 4, apply(layers.concatenate({ name: 'skip0' }), [full, up0]));
  const output = apply(
    layers.conv2d({ name: 'result', filters: 3, kernelSize: 1, activation: 'tanh' }),
    joined0,
  );
  return tf.model({ inputs: input, outputs: output, name: 'unet' });
}

/** Dense, reshape, transposed convolutions. */
export function generator(): tf.Sequential {
  return tf.sequential({
    name: 'generator',
    layers: [
      layers.dense({ name: 'seed', units: 3 * 4 * 6, inputShape: [7], useBias: false }),
      layers.batchNormalization({ name: 'seed_bn' }),
      layers.leakyReLU({ name: 'seed_leaky' }),
      layers.reshape({ name: 'map', targetShape: [3, 4, 6] }),
      layers.conv2dTranspose({
        name: 'up1',
        filters: 5,
        kernelSize: 5,
        strides: 2,
        padding: 'same',
      }),
      layers.batchNormalization({ name: 'up1_bn' }),
      layers.activation({ name: 'up1_relu', activation: 'relu' }),
      layers.conv2dTranspose({
        name: 'up2',
        filters: 3,
        kernelSize: 4,
        strides: 2,
        padding: 'same',
        activation: 'tanh',
      }),
    ],
  });
}

/** A shared encoder on two pictures, features joined, two answers: one is a vector, one a map. */
export function twins(): tf.LayersModel {
  const encoder = tf.sequential({
    name: 'encoder',
    layers: [
      layers.conv2d({
        name: 'conv1',
        filters: 4,
        kernelSize: 3,
        inputShape: [8, 10, 3],
        activation: 'relu',
      }),
      layers.zeroPadding2d({ name: 'pad', padding: 1 }),
      layers.conv2d({ name: 'conv2', filters: 5, kernelSize: 3, strides: 2 }),
      layers.batchNormalization({ name: 'bn' }),
    ],
  });
  const left = tf.input({ shape: [8, 10, 3], name: 'left' });
  const right = tf.input({ shape: [8, 10, 3], name: 'right' });
  const age = tf.input({ shape: [2], name: 'age' });
  const a = apply(encoder, left);
  const b = apply(encoder, right);
  const flat = layers.flatten({ name: 'flat' });
  const joined = apply(layers.concatenate({ name: 'joined' }), [
    apply(flat, a),
    age,
    apply(flat, b),
  ]);
  const normal = apply(layers.batchNormalization({ name: 'joined_bn' }), joined);
  const slope = apply(layers.prelu({ name: 'joined_prelu' }), normal);
  const score = apply(layers.dense({ name: 'score', units: 3, activation: 'sigmoid' }), slope);
  const difference = apply(layers.average({ name: 'mean' }), [a, b]);
  return tf.model({ inputs: [left, right, age], outputs: [score, difference], name: 'twins' });
}

/** Flattened maps, layers without an effect between flatten and dense, a classifier. */
export function leNet(): tf.Sequential {
  return tf.sequential({
    name: 'lenet',
    layers: [
      layers.conv2d({
        name: 'conv1',
        filters: 4,
        kernelSize: 5,
        inputShape: [14, 12, 1],
        activation: 'tanh',
      }),
      layers.averagePooling2d({ name: 'pool1', poolSize: 2 }),
      layers.conv2d({ name: 'conv2', filters: 6, kernelSize: 2, activation: 'tanh' }),
      layers.flatten({ name: 'flat' }),
      layers.dropout({ name: 'dropout', rate: 0.5 }),
      layers.layerNormalization({ name: 'ln' }),
      layers.dense({ name: 'dense1', units: 8, activation: 'selu' }),
      layers.dense({ name: 'dense2', units: 4 }),
      layers.softmax({ name: 'classes' }),
    ],
  });
}
