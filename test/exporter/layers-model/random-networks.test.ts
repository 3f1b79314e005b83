import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { largestDifference, randomizeWeights } from '../../support/layers-parity.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const { layers } = tf;
const padding = fc.constantFrom('same' as const, 'valid' as const);
const kernel = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }));
const strides = fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 }));
const activation = fc.constantFrom(
  'relu' as const,
  'tanh' as const,
  'linear' as const,
  'swish' as const,
);

type Step = (x: tf.SymbolicTensor) => tf.SymbolicTensor;

function step(make: () => tf.layers.Layer): Step {
  return (x) => make().apply(x) as tf.SymbolicTensor;
}

/** One layer, or a block of a few, on a map. */
const blocks: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({ kernelSize: kernel, strides, padding, activation, useBias: fc.boolean() })
    .map((args) => step(() => layers.conv2d({ filters: 4, ...args }))),
  fc
    .record({ kernelSize: kernel, strides, padding, activation })
    .map((args) => step(() => layers.conv2dTranspose({ filters: 3, ...args }))),
  fc
    .record({ kernelSize: kernel, padding, depthMultiplier: fc.integer({ min: 1, max: 2 }) })
    .map((args) => step(() => layers.depthwiseConv2d(args))),
  fc
    .record({ poolSize: kernel, strides, padding })
    .map((args) => step(() => layers.averagePooling2d(args))),
  fc
    .record({ poolSize: kernel, strides, padding })
    .map((args) => step(() => layers.maxPooling2d(args))),
  fc
    .record({
      size: strides,
      interpolation: fc.constantFrom('nearest' as const, 'bilinear' as const),
    })
    .map((args) => step(() => layers.upSampling2d(args))),
  fc.constant(step(() => layers.batchNormalization())),
  fc.constant(step(() => layers.layerNormalization())),
  fc.constant(step(() => layers.leakyReLU())),
  fc.constant(step(() => layers.prelu({ sharedAxes: [1, 2] }))),
  fc.constant(step(() => layers.permute({ dims: [2, 1, 3] }))),
  fc.constant((x: tf.SymbolicTensor) => {
    const branch = layers.conv2d({ filters: x.shape[3] as number, kernelSize: 3, padding: 'same' });
    const normal = layers.batchNormalization().apply(branch.apply(x)) as tf.SymbolicTensor;
    return layers.add().apply([x, normal]) as tf.SymbolicTensor;
  }),
  fc.constant((x: tf.SymbolicTensor) => {
    const branch = layers.dense({ units: 2, activation: 'sigmoid' }).apply(x) as tf.SymbolicTensor;
    return layers.concatenate().apply([branch, x]) as tf.SymbolicTensor;
  }),
);

/** What ends the network: a map, or rows of features. */
const heads: fc.Arbitrary<readonly (() => tf.layers.Layer)[]> = fc.constantFrom(
  [],
  [
    () => layers.globalAveragePooling2d({}),
    () => layers.dense({ units: 3, activation: 'softmax' }),
  ],
  [() => layers.globalMaxPooling2d({})],
  [() => layers.flatten(), () => layers.batchNormalization(), () => layers.dense({ units: 3 })],
  [() => layers.flatten(), () => layers.reLU()],
);

test('random networks equal tf.js, of fixed and of free size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(blocks, { minLength: 1, maxLength: 6 }),
      heads,
      fc.boolean(),
      fc.integer({ min: 1, max: 1000 }),
      async (steps, head, isFixed, seed) => {
        const flattens = head.some((make) => make().getClassName() === 'Flatten');
        const size = isFixed || flattens ? [11, 13] : [null, null];
        const input = tf.input({ shape: [...size, 3] });
        const body = steps.reduce((x, next) => next(x), input);
        // Windows without padding may leave nothing of a small map.
        fc.pre(body.shape.slice(1).every((dim) => dim === null || dim > 0));
        const outputs = head.reduce((x, make) => make().apply(x) as tf.SymbolicTensor, body);
        const model = randomizeWeights(tf.model({ inputs: input, outputs }), seed);
        const shapes =
          size[0] === null
            ? [
                [1, 24, 21],
                [2, 19, 26],
              ]
            : [[2, 11, 13]];
        const difference = await largestDifference(
          model,
          shapes.map((shape) => [[...shape, 3]]),
        );
        model.dispose();
        expect(difference).toBeLessThan(1e-4);
      },
    ),
    { numRuns: 40, seed: 7 },
  );
});
