import { parentPort, workerData } from 'node:worker_threads';
import type { GeneratorManifest } from '../../models/contract/manifest.ts';
import type { LoadedModel } from '../../models/contract/pipeline.ts';
import { IMAGE, type TensorMap } from '../../models/contract/tensor.ts';
import { ModelSet } from '../models/model-set.ts';
import { versionId } from '../models/repository.ts';
import type { ThreadReply, ThreadRequest, ThreadStart } from './messages.ts';

/** A thread of a device process: the session of one model. See `SessionThread`. */
const { load, buckets } = workerData as ThreadStart;
const modelSet = new ModelSet();
const report = await modelSet.load(load);
const [model] = modelSet.models.generators.values();
if (model !== undefined) await warmUp(model);
send({ type: 'loaded', report, ...(model && { model: describe(model) }) });

parentPort?.on('message', (request: ThreadRequest) => {
  if (request.type === 'run') void run(request.feeds).then(send);
  else void release();
});

async function run(feeds: TensorMap): Promise<ThreadReply> {
  try {
    if (model === undefined) throw new Error('the thread has no model');
    return { type: 'outputs', outputs: await model.runner.run(feeds) };
  } catch (error) {
    return { type: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

async function release(): Promise<void> {
  await modelSet.load({ ...load, folders: [] });
  parentPort?.close();
}

/** The first run of a shape is slow on CUDA: it looks for the fastest kernels. */
async function warmUp({ manifest, runner }: LoadedModel<GeneratorManifest>): Promise<void> {
  const { width, height } = manifest.crop;
  for (const size of buckets) {
    const data = new Uint8Array(size * height * width * 3);
    await runner.run({ [IMAGE]: { type: 'uint8', dims: [size, height, width, 3], data } });
  }
}

function describe({ manifest }: LoadedModel<GeneratorManifest>) {
  return { key: versionId(manifest), inputs: manifest.inputs };
}

function send(reply: ThreadReply): void {
  parentPort?.postMessage(reply, []);
}
