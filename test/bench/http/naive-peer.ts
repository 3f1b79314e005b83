import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express, { type Request, type Response } from 'express';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { parseManifest } from '../../../models/contract/manifest.ts';
import type { ModelRunner, TensorMap } from '../../../models/contract/tensor.ts';
import { fileFor } from '../../../models/contract/variants.ts';
import type { LoadedModels } from '../../../server/models/model-set.ts';
import { makeoverJob } from './makeover-job.ts';

/**
 * The server that one would write first: one process, an Express handler that decodes, detects,
 * generates, blends and encodes by itself, with sharp and onnxruntime as they come. The pictures'
 * arithmetic is ours, so that only the service around it differs.
 */
const MAKEOVER = new URL('../../../dist/server/photo/makeover.js', import.meta.url).href;
const { makeOverPhoto } = (await import(
  MAKEOVER
)) as typeof import('../../../server/photo/makeover.ts');

const [repository = '', model = ''] = process.argv.slice(2);
const models = await loadModels();
const app = express();
app.post('/', express.raw({ type: () => true, limit: '64mb' }), (request, response) =>
  answer(request, response),
);
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`naive peer at http://localhost:${port}`);
});

async function answer(request: Request, response: Response): Promise<void> {
  const { file } = await makeOverPhoto(makeoverJob(request.body as Buffer, model), models);
  response.type('image/jpeg').send(file);
}

async function loadModels(): Promise<LoadedModels> {
  const detector = await load(join(repository, 'face-detector', '1'));
  const generator = await load(join(repository, model));
  if (detector.manifest.kind !== 'face-detector' || generator.manifest.kind !== 'generator') {
    throw new Error(`${repository} has no face-detector/1, or ${model} is no generator`);
  }
  return {
    detector: { manifest: detector.manifest, runner: detector.runner },
    generators: new Map([[model, { manifest: generator.manifest, runner: generator.runner }]]),
  };
}

async function load(folder: string) {
  const manifest = parseManifest(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));
  const session = await InferenceSession.create(join(folder, fileFor(manifest, 'cpu')));
  const runner: ModelRunner = {
    async run(feeds) {
      const inputs = Object.entries(feeds).map(
        ([name, { type, data, dims }]) => [name, new OrtTensor(type, data, dims)] as const,
      );
      const outputs: unknown = await session.run(Object.fromEntries(inputs));
      return outputs as TensorMap;
    },
  };
  return { manifest, runner };
}
