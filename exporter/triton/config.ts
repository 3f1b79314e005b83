import type { Manifest, TensorSpec } from '../../models/contract/manifest.ts';

/** Where Triton runs a model; `auto` is a GPU where there is one. */
export type TritonProvider = 'auto' | 'cpu' | 'cuda';

export interface TritonOptions {
  readonly provider: TritonProvider;
  /** Copies of the model that run side by side on each device. */
  readonly instances: number;
}

const KINDS: Readonly<Record<TritonProvider, string>> = {
  auto: 'KIND_AUTO',
  cpu: 'KIND_CPU',
  cuda: 'KIND_GPU',
};
const DATA_TYPES: Readonly<Record<TensorSpec['type'], string>> = {
  uint8: 'TYPE_UINT8',
  float32: 'TYPE_FP32',
};
const MAX_BATCH = 32;
/** Without 1: a batch of a preferred size does not wait, so nothing would ever be collected. */
const PREFERRED_BATCHES = [2, 4, 8, 16, MAX_BATCH];
/** How long one face waits for another; short beside the time that a face takes on a CPU. */
const MAX_QUEUE_DELAY_US = 2000;

/**
 * The `config.pbtxt` of a model for NVIDIA Triton, in protobuf's text format. Fields are those of
 * Triton's model configuration:
 * https://github.com/triton-inference-server/server/blob/main/docs/user_guide/model_configuration.md
 */
export function tritonConfig(manifest: Manifest, { provider, instances }: TritonOptions): string {
  const { name, title, inputs, outputs } = manifest;
  const multiple =
    manifest.kind === 'generator' && manifest.sizeMultiple > 1
      ? [`# Height and width of an image are multiples of ${manifest.sizeMultiple}.`]
      : [];
  return [
    `# ${title.replace(/\s+/g, ' ')}: written by deep-makeover, see its manifest.json for the rest.`,
    ...multiple,
    `name: ${quote(name)}`,
    'platform: "onnxruntime_onnx"',
    `max_batch_size: ${MAX_BATCH}`,
    ...tensorList('input', inputs),
    ...tensorList('output', outputs),
    '# Every version is served; a request that names none gets the highest.',
    'version_policy { all { } }',
    'dynamic_batching {',
    `  preferred_batch_size: [ ${PREFERRED_BATCHES.join(', ')} ]`,
    `  max_queue_delay_microseconds: ${MAX_QUEUE_DELAY_US}`,
    '}',
    'instance_group [',
    `  { count: ${instances} kind: ${KINDS[provider]} }`,
    ']',
    ...threadLimit(provider, instances),
    '',
  ].join('\n');
}

/** Triton puts the batch before `dims` itself; -1 is a free dimension. */
function tensorList(field: string, tensors: readonly TensorSpec[]): string[] {
  const entries = tensors.map(({ name, type, dims }) => {
    const sizes = dims.slice(1).map((dim) => (typeof dim === 'number' ? dim : -1));
    return `  { name: ${quote(name)} data_type: ${DATA_TYPES[type]} dims: [ ${sizes.join(', ')} ] }`;
  });
  return [`${field} [`, entries.join(',\n'), ']'];
}

/** Several instances on a CPU would otherwise each take a thread of every core. */
function threadLimit(provider: TritonProvider, instances: number): string[] {
  if (provider !== 'cpu' || instances === 1) return [];
  return ['parameters { key: "intra_op_thread_count" value { string_value: "1" } }'];
}

/** A string of the text format; names of the contract hold nothing that needs more than JSON's escapes. */
function quote(text: string): string {
  return JSON.stringify(text);
}
