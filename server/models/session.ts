import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { ModelRunner, Tensor, TensorMap } from '../../models/contract/tensor.ts';
import type { Provider, ProviderPolicy } from '../photo/job.ts';

/**
 * Decides where models run, by loading one. ONNX Runtime does not fall back to the CPU when CUDA is
 * asked for and missing: it throws.
 *
 * @throws Error when `isStrict` forbids the fall-back that would be needed
 */
export async function chooseProvider(
  model: Uint8Array,
  { wanted, isStrict }: ProviderPolicy,
): Promise<Provider> {
  if (wanted === 'cpu') return 'cpu';
  // Without CUDA, ONNX Runtime prints which library is missing: wanted only by who asked for it.
  if (wanted === 'auto') env.logLevel = 'fatal';
  try {
    await (await createSession(model, 'cuda')).release();
    return 'cuda';
  } catch (error) {
    if (wanted === 'auto' || !isStrict) return 'cpu';
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `DM_EP=cuda cannot run here (${reason.trim()}): install ONNX Runtime's CUDA libraries, or ` +
        'allow the CPU with DM_EP_STRICT=false',
      { cause: error },
    );
  }
}

/**
 * Loads a model from its bytes, on one thread. A model read from memory has no folder, so weights
 * in further files (ONNX external data) cannot be reached.
 */
export async function createRunner(model: Uint8Array, provider: Provider): Promise<ModelRunner> {
  const session = await createSession(model, provider);
  return {
    async run(feeds: TensorMap): Promise<TensorMap> {
      const inputs = mapValues(feeds, ({ type, data, dims }) => new OrtTensor(type, data, dims));
      return mapValues(await session.run(inputs), toTensor);
    },
  };
}

function createSession(model: Uint8Array, provider: Provider): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    executionProviders: [provider],
    // One thread a worker, one worker a core: measured best on the CPU.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    // Errors and worse.
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}

function toTensor({ type, data, dims }: OrtTensor): Tensor {
  if (type === 'uint8') return { type, dims, data: data as Uint8Array };
  if (type === 'float32') return { type, dims, data: data as Float32Array };
  throw new Error(`a model gave a tensor of ${type}, expected uint8 or float32`);
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  convert: (value: A) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, convert(value)]));
}
