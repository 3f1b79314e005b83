import { GPU_WASM, WASM } from 'virtual:runtime-facts';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-web';
import gpuWasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import type { ModelRunner, Tensor, TensorMap } from '../../models/contract/tensor.ts';
import type { Downloads } from '../models/download.ts';
import type { Backend } from './protocol.ts';

/** ONNX Runtime, started on one backend. */
export interface Runtime {
  /** Loads a model from its bytes. */
  createRunner(model: Uint8Array): Promise<ModelRunner>;
}

/**
 * Fetches ONNX Runtime and starts it. Each build is a chunk of its own: a runtime with threads
 * starts its chunk again in each of them, and hangs where that chunk is the page's or the worker's.
 *
 * @param onFetched called when all is there
 */
export async function startRuntime(
  backend: Backend,
  downloads: Downloads,
  onFetched: () => void,
): Promise<Runtime> {
  const isGpu = backend.provider === 'webgpu';
  const file = isGpu ? { url: gpuWasmUrl, ...GPU_WASM } : { url: wasmUrl, ...WASM };
  const [ort, wasmBinary] = await Promise.all([
    isGpu ? import('onnxruntime-web/webgpu') : import('onnxruntime-web/wasm'),
    downloads.get({ ...file, url: new URL(file.url, location.href).href }),
  ]);
  onFetched();
  ort.env.wasm.wasmBinary = wasmBinary;
  ort.env.wasm.numThreads = isGpu ? 1 : backend.threads;
  ort.env.logLevel = 'error';
  return {
    async createRunner(model) {
      const session = await ort.InferenceSession.create(model, {
        executionProviders: [backend.provider],
        // Errors and worse.
        logSeverityLevel: 3,
      });
      return runnerOf(session, ort.Tensor);
    },
  };
}

function runnerOf(session: InferenceSession, TensorClass: typeof OrtTensor): ModelRunner {
  return {
    async run(feeds: TensorMap): Promise<TensorMap> {
      const inputs = mapValues(feeds, ({ type, data, dims }) => new TensorClass(type, data, dims));
      return mapValues(await session.run(inputs), toTensor);
    },
  };
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
