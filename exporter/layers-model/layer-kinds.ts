import type { TensorValue } from '../onnx/tensor-value.ts';
import { ACTIVATION_LAYERS } from './activation-layers.ts';
import { CONVOLUTION_LAYERS } from './convolution-layers.ts';
import { type LayerCall, onlyInput } from './layer.ts';
import { MERGE_LAYERS } from './merge-layers.ts';
import { NORM_LAYERS } from './norm-layers.ts';
import { POOLING_LAYERS } from './pooling-layers.ts';
import { SHAPE_LAYERS } from './shape-layers.ts';

type ConvertLayer = (call: LayerCall) => TensorValue;

/** What only training needs is dropped. */
const TRAINING_LAYERS = {
  Dropout: onlyInput,
  SpatialDropout1D: onlyInput,
  GaussianDropout: onlyInput,
  AlphaDropout: onlyInput,
  GaussianNoise: onlyInput,
} as const;

/** Every layer that can be converted, by tf.js's class name. */
export const LAYER_KINDS: ReadonlyMap<string, ConvertLayer> = new Map<string, ConvertLayer>(
  Object.entries({
    ...CONVOLUTION_LAYERS,
    ...NORM_LAYERS,
    ...ACTIVATION_LAYERS,
    ...MERGE_LAYERS,
    ...POOLING_LAYERS,
    ...SHAPE_LAYERS,
    ...TRAINING_LAYERS,
  }),
);

/** Layers that are models themselves. */
export const MODEL_KINDS: ReadonlySet<string> = new Set(['Model', 'Functional', 'Sequential']);

/** For people: everything that a layers model may consist of. */
export function supportedLayers(): string {
  return ['InputLayer', ...LAYER_KINDS.keys(), ...MODEL_KINDS].join(', ');
}
