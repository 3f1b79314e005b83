import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import type { ModelRunner } from '../../models/contract/tensor.ts';
import { runnerOf } from '../../trainer/evaluation/runner.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { createWasmRunner } from '../wasm-runner.ts';

/** One way of running a model. */
export interface Runtime {
  readonly name: string;
  /** The class of provider whose golden tolerance counts. */
  readonly provider: string;
  /** Rejects with an Error when the model cannot be loaded. */
  load(model: Uint8Array): Promise<ModelRunner>;
}

/** What this machine can run models on, and what it lacks. */
export interface Runtimes {
  readonly present: readonly Runtime[];
  readonly absent: readonly string[];
}

/** What every machine has. */
export const CPU: Runtime = {
  name: 'onnxruntime, CPU',
  provider: 'cpu',
  load: (model) => createNodeRunner(model, { executionProviders: ['cpu'] }),
};

/** Tells a fault of the model from one of the optimiser's rewrites. */
const UNOPTIMISED_CPU: Runtime = {
  name: 'onnxruntime, CPU, no optimisation',
  provider: 'cpu',
  load: (model) =>
    createNodeRunner(model, { executionProviders: ['cpu'], graphOptimizationLevel: 'disabled' }),
};

const CUDA: Runtime = {
  name: 'onnxruntime, CUDA',
  provider: 'cuda',
  load: (model) => createNodeRunner(model, { executionProviders: ['cuda'] }),
};

const WASM: Runtime = {
  name: 'onnxruntime-web, WebAssembly',
  provider: 'wasm',
  load: createWasmRunner,
};

/** Every runtime that verification knows, CUDA where its libraries can be loaded. */
export async function findRuntimes(): Promise<Runtimes> {
  const present = [UNOPTIMISED_CPU, CPU];
  const hasCuda = await isLoadable(CUDA);
  return {
    present: [...present, ...(hasCuda ? [CUDA] : []), WASM],
    absent: hasCuda ? [] : [CUDA.name],
  };
}

/** ONNX Runtime does not fall back from CUDA: it throws when a library is missing. */
async function isLoadable(runtime: Runtime): Promise<boolean> {
  const graph = new GraphBuilder();
  const y = graph.op('Relu', 'y', [graph.input('x', 'float32', ['n'])]);
  graph.output(y, 'float32', ['n']);
  const { logLevel } = env;
  // It also prints which library that is.
  env.logLevel = 'fatal';
  try {
    await runtime.load(graph.build('probe', {}));
    return true;
  } catch {
    return false;
  } finally {
    if (logLevel !== undefined) env.logLevel = logLevel;
  }
}

async function createNodeRunner(
  model: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<ModelRunner> {
  const session = await InferenceSession.create(model, { logSeverityLevel: 4, ...options });
  return runnerOf(session, Tensor);
}
