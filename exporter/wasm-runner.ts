import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import type { ModelRunner } from '../models/contract/tensor.ts';
import { runnerOf } from '../trainer/evaluation/runner.ts';

/**
 * Loads a model into the WebAssembly build that browsers run, on one thread: what a page without
 * cross-origin isolation has. The first call compiles the build, which takes about a second.
 */
export async function createWasmRunner(model: Uint8Array): Promise<ModelRunner> {
  env.wasm.numThreads = 1;
  const session = await InferenceSession.create(model, {
    executionProviders: ['wasm'],
    logSeverityLevel: 3,
  });
  return runnerOf(session, Tensor);
}
