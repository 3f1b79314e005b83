import { object } from '../../models/contract/json-reader.ts';
import { pool as addPool, globalPool, type PoolKind } from '../onnx/pools.ts';
import type { TensorValue } from '../onnx/tensor-value.ts';
import { type LayerCall, onlyInput } from './layer.ts';
import { channelsLast, padding, pair } from './settings.ts';

const poolConfig = object<{
  poolSize: readonly [number, number];
  strides: readonly [number, number];
  padding: 'same' | 'valid';
  dataFormat: 'channelsLast';
}>({ poolSize: pair, strides: pair, padding, dataFormat: channelsLast });

const globalConfig = object<{ dataFormat: 'channelsLast' }>({ dataFormat: channelsLast });

function pool(kind: PoolKind): (call: LayerCall) => TensorValue {
  return (call) => {
    const { poolSize, strides, padding: mode } = call.layer.config(poolConfig);
    const window = { size: poolSize, strides, padding: mode };
    return addPool(call.graph, kind, call.name, onlyInput(call), window);
  };
}

function wholeMap(kind: PoolKind): (call: LayerCall) => TensorValue {
  return (call) => {
    call.layer.config(globalConfig);
    return globalPool(call.graph, kind, call.name, onlyInput(call));
  };
}

/** Kinds of layers that reduce maps. */
export const POOLING_LAYERS = {
  AveragePooling2D: pool('average'),
  MaxPooling2D: pool('max'),
  GlobalAveragePooling2D: wholeMap('average'),
  GlobalMaxPooling2D: wholeMap('max'),
} as const;
