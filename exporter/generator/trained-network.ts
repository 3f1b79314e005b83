import type { Tensor, TensorMap } from '../../models/contract/tensor.ts';
import type { TrainConfig } from '../../trainer/config.ts';
import type { ParameterValues } from '../../trainer/networks/parameters.ts';
import { type Checkpoint, tensorGroup } from '../../trainer/training/checkpoint.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { buildClassicGenerator } from './classic-network.ts';
import { runClassicGenerator } from './classic-reference.ts';
import { buildGenerator } from './network.ts';
import { runGenerator } from './reference.ts';

/** A trained generator of any family: as a graph to be exported, and as tf.js runs it. */
export interface TrainedNetwork {
  /** The graph of one target, by its index. */
  buildGraph(target: number): GraphBuilder;
  /** `result` and `residual` for uint8 images [n, h, w, 3], on the active tf.js backend. */
  run(target: number, images: Tensor): TensorMap;
}

/** The network that a checkpoint holds: `modern` averages its weights, `classic` does not. */
export function trainedNetwork(config: TrainConfig, checkpoint: Checkpoint): TrainedNetwork {
  const size = config.crop;
  if (config.family === 'classic') {
    const { generator } = config;
    const weights = tensorGroup(checkpoint, 'generator');
    return {
      buildGraph: () => buildClassicGenerator({ config: generator, weights, size }),
      run: (_, images) => runClassicGenerator(generator, weights, images),
    };
  }
  const targets = Object.keys(config.selection.targets).length;
  const generator = { ...config.generator, targets };
  const weights: ParameterValues = tensorGroup(checkpoint, 'ema');
  return {
    buildGraph: (target) => buildGenerator({ config: generator, weights, target, size }),
    run: (target, images) => runGenerator(generator, weights, target, images),
  };
}
