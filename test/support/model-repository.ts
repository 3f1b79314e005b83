import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createGolden } from '../../exporter/golden.ts';
import { GraphBuilder } from '../../exporter/onnx/graph-builder.ts';
import { publishModel } from '../../exporter/publish.ts';
import type { Tensor, TensorMap } from '../../models/contract/tensor.ts';
import { STUB_GENERATOR_MANIFEST } from './stub-models.ts';

const SHIPPED_DETECTOR = fileURLToPath(new URL('../../models/face-detector', import.meta.url));
const UINT8 = 2;
const NO_DIFFERENCE = { maxAbs: 0, meanAbs: 0 };
const EXACT = { cpu: NO_DIFFERENCE, cuda: NO_DIFFERENCE, wasm: NO_DIFFERENCE };

/** Grey levels that the generator `tint` adds to red, green and blue. */
export const TINT = [40, -20, 10] as const;

/**
 * A temporary model repository with the shipped face detector and two generators that need no
 * training: `identity` gives back its input, `tint` adds `TINT`.
 */
export async function createModelRepository(): Promise<string> {
  const repository = await mkdtemp(join(tmpdir(), 'deep-makeover-models-'));
  await cp(SHIPPED_DETECTOR, join(repository, 'face-detector'), { recursive: true });
  await publishGenerator(repository, 'identity', [0, 0, 0]);
  await publishGenerator(repository, 'tint', TINT);
  return repository;
}

export async function removeModelRepository(repository: string): Promise<void> {
  await rm(repository, { recursive: true, force: true });
}

/** Publishes a generator that adds grey levels to red, green and blue. */
export async function publishGenerator(
  repository: string,
  name: string,
  levels: readonly [number, number, number],
  version = 1,
): Promise<string> {
  const input = exampleImage();
  const outputs = addLevels(input, levels);
  const tolerances = { result: EXACT, residual: EXACT };
  const { golden, files: goldenFiles } = createGolden('image', input, outputs, tolerances);
  const { files: _, ...stub } = STUB_GENERATOR_MANIFEST;
  return publishModel(
    repository,
    { ...stub, name, version, title: `Test ${name}`, parameters: 3, golden },
    { 'model.onnx': buildGenerator(levels), ...goldenFiles },
    false,
  );
}

function buildGenerator(levels: readonly number[]): Uint8Array {
  const graph = new GraphBuilder();
  const dims = ['n', 'h', 'w', 3];
  const image = graph.input('image', 'uint8', dims);
  const before = graph.op('Cast', 'before', [image], { to: 1 });
  const zero = graph.op('Sub', 'zero', [before, before]);
  const tint = graph.initializer('tint', [3], Float32Array.from(levels));
  const residual = graph.op('Add', 'residual', [zero, tint]);
  const after = graph.op('Add', 'after', [before, residual]);
  const bounds = [graph.scalar('black', 0), graph.scalar('white', 255)];
  const clipped = graph.op('Clip', 'clipped', [after, ...bounds]);
  graph.output(graph.op('Cast', 'result', [clipped], { to: UINT8 }), 'uint8', dims);
  graph.output(residual, 'float32', dims);
  return graph.build('test generator', {});
}

function exampleImage(): Tensor {
  const data = Uint8Array.from({ length: 8 * 4 * 3 }, (_, i) => (i * 37) % 256);
  return { type: 'uint8', dims: [1, 8, 4, 3], data };
}

function addLevels({ dims, data }: Tensor, levels: readonly number[]): TensorMap {
  const residual = Float32Array.from(data, (_, i) => levels[i % 3] ?? 0);
  // The typed array clamps, as the graph does.
  const result = Uint8Array.from(
    Uint8ClampedArray.from(data, (value: number, i: number) => value + (residual[i] ?? 0)),
  );
  return {
    result: { type: 'uint8', dims, data: result },
    residual: { type: 'float32', dims, data: residual },
  };
}
