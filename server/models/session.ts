import { env, InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { ModelRunner, Tensor, TensorMap } from '../../models/contract/tensor.ts';
import type { Provider } from '../photo/job.ts';

/** A model in this process. */
export interface SessionRunner extends ModelRunner {
  /** Gives the session's memory back; no run may follow. */
  release(): Promise<void>;
}

export interface SessionOptions {
  readonly provider: Provider;
  /** The CUDA card. */
  readonly deviceId?: number;
  /**
   * Whether the same few shapes come again and again. The runtime then keeps one plan of its memory
   * for each; with shapes that vary, the plans would pile up.
   */
  readonly hasFixedShapes?: boolean;
}

/**
 * Loads a model from its bytes, on one thread. A model read from memory has no folder, so weights
 * in further files (ONNX external data) cannot be reached.
 *
 * @throws Error when the provider is not there or refuses the model
 */
export async function createRunner(
  model: Uint8Array,
  options: SessionOptions,
): Promise<SessionRunner> {
  const session = await createSession(model, options);
  return {
    async run(feeds: TensorMap): Promise<TensorMap> {
      const inputs = mapValues(feeds, ({ type, data, dims }) => new OrtTensor(type, data, dims));
      return mapValues(await session.run(inputs), toTensor);
    },
    release: () => session.release(),
  };
}

/** Runs a model once on CUDA. Rejects when that fails; the runtime's own log stays silent. */
export async function tryCuda(
  model: Uint8Array,
  feeds: TensorMap,
  deviceId: number,
): Promise<void> {
  const level = env.logLevel;
  env.logLevel = 'fatal';
  try {
    const runner = await createRunner(model, { provider: 'cuda', deviceId });
    // Some of CUDA's libraries are looked for at the first convolution.
    await runner.run(feeds);
    await runner.release();
  } finally {
    env.logLevel = level ?? 'warning';
  }
}

function createSession(
  model: Uint8Array,
  { provider, deviceId = 0, hasFixedShapes = false }: SessionOptions,
): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    executionProviders: [provider === 'cuda' ? { name: 'cuda', deviceId } : 'cpu'],
    // One thread a worker, one worker a core: measured best on the CPU.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    enableMemPattern: hasFixedShapes,
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
