import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { ModelRunner, Tensor, TensorMap } from '../../models/contract/tensor.ts';

/**
 * Loads a model on the CPU from its bytes. Loading from memory also refuses models that keep
 * weights in other files.
 *
 * @param threads threads that one run uses; all cores by default
 */
export async function createRunner(model: Uint8Array, threads?: number): Promise<ModelRunner> {
  const session = await InferenceSession.create(model, {
    executionProviders: ['cpu'],
    logSeverityLevel: 3,
    ...(threads !== undefined && { intraOpNumThreads: threads }),
  });
  return runnerOf(session, OrtTensor);
}

/**
 * A session as the pipeline's runner.
 *
 * @param TensorClass the tensors of the package that the session is of
 */
export function runnerOf(session: InferenceSession, TensorClass: typeof OrtTensor): ModelRunner {
  return {
    async run(feeds: TensorMap): Promise<TensorMap> {
      const inputs = Object.entries(feeds).map(([name, { type, data, dims }]) => [
        name,
        new TensorClass(type, data, dims),
      ]);
      const fetches = await session.run(Object.fromEntries(inputs) as Record<string, OrtTensor>);
      return Object.fromEntries(
        Object.entries(fetches).map(([name, tensor]) => [name, toTensor(name, tensor)]),
      );
    },
  };
}

function toTensor(name: string, { type, data, dims }: OrtTensor): Tensor {
  if (type === 'uint8') return { type, dims, data: data as Uint8Array };
  if (type === 'float32') return { type, dims, data: data as Float32Array };
  throw new Error(`output ${name} is ${type}, expected uint8 or float32`);
}
