import type {
  InferenceModelView,
  InferenceTensorView,
} from '../../models/contract/api/inference.ts';
import type { GeneratorManifest, TensorSpec } from '../../models/contract/manifest.ts';
import { OUTPUTS } from './request.ts';
import { datatypeOf } from './response.ts';

/**
 * A generator as the Open Inference Protocol describes models. Crops have the size that the
 * manifest gives; their number is free.
 *
 * @param versions those that can be asked for
 */
export function describeGenerator(
  { name, inputs, outputs, crop }: GeneratorManifest,
  versions: readonly number[],
): InferenceModelView {
  const sizes: Readonly<Record<string, number>> = { h: crop.height, w: crop.width };
  const view = ({ name: tensor, type, dims }: TensorSpec): InferenceTensorView => ({
    name: tensor,
    datatype: datatypeOf(type),
    shape: dims.map((dim) => (typeof dim === 'number' ? dim : (sizes[dim] ?? -1))),
  });
  return {
    name,
    versions: versions.map(String),
    platform: 'onnxruntime_onnx',
    inputs: inputs.map(view),
    outputs: outputs.filter((output) => OUTPUTS.some((known) => known === output.name)).map(view),
  };
}
