import sharp from 'sharp';
import { type LoadedModels, loadModels } from '../models/load.ts';
import { ProblemError } from '../problem.ts';
import type { WorkerReply, WorkerRequest } from './job.ts';
import { makeOverPhoto } from './makeover.ts';

/**
 * A photo worker: a process of its own, because a native call can neither be stopped nor be kept
 * from crashing its process. One request at a time, one thread.
 */
sharp.concurrency(1);
// Photos do not repeat, so a cache of decoded ones only holds memory.
sharp.cache(false);

let models: LoadedModels = { detector: undefined, generators: new Map() };

async function answer(request: WorkerRequest): Promise<WorkerReply> {
  if (request.type === 'load') {
    try {
      const loaded = await loadModels(request.load);
      models = loaded.models;
      return { type: 'loaded', report: loaded.report };
    } catch (error) {
      return { type: 'loadFailed', reason: error instanceof Error ? error.message : String(error) };
    }
  }
  try {
    const result = await makeOverPhoto(request.job, models);
    return { type: 'done', result, rssBytes: process.memoryUsage.rss() };
  } catch (error) {
    const isProblem = error instanceof ProblemError;
    return {
      type: 'refused',
      code: isProblem ? error.code : 'INTERNAL',
      detail: isProblem ? error.message : String(error instanceof Error ? error.stack : error),
      rssBytes: process.memoryUsage.rss(),
    };
  }
}

function send(reply: WorkerReply): void {
  // Where the service has ended meanwhile, nobody waits for the answer.
  if (process.connected) process.send?.(reply);
}

process.on('message', (request: WorkerRequest) => {
  void answer(request).then(send);
});
// A terminal sends Ctrl-C to us too: the service finishes the photos in work, then lets us go.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit(0));
