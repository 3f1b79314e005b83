import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../../../exporter/onnx/graph-builder.ts';
import { Random } from '../../../trainer/random.ts';

/** Rows and columns of the factors. */
const SIZE = 2048;
const RUNS = 12;

/**
 * What this machine can do at best: FLOP/s of the fastest of some float32 products of two 2048x2048
 * matrices in ONNX Runtime.
 */
export async function measurePeak(threads: number): Promise<number> {
  const random = new Random(1);
  const matrix = (): Float32Array =>
    Float32Array.from({ length: SIZE * SIZE }, () => random.uniform() - 0.5);
  const session = await InferenceSession.create(matrixProductModel(matrix()), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  const feeds = { a: new Tensor('float32', matrix(), [SIZE, SIZE]) };
  let bestMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RUNS; i++) {
    const startMs = performance.now();
    await session.run(feeds);
    bestMs = Math.min(bestMs, performance.now() - startMs);
  }
  await session.release();
  return (2 * SIZE ** 3) / (bestMs / 1000);
}

/** The second factor is a constant, so that ONNX Runtime lays it out once, before the clock runs. */
function matrixProductModel(factor: Float32Array): Uint8Array {
  const graph = new GraphBuilder();
  const dims = [SIZE, SIZE];
  const a = graph.input('a', 'float32', dims);
  const product = graph.op('MatMul', 'product', [a, graph.initializer('b', dims, factor)]);
  graph.output(product, 'float32', dims);
  return graph.build('matrix-product', {});
}
