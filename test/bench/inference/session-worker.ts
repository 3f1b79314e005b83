import { parentPort, workerData } from 'node:worker_threads';
import { createFeeds, type FeedSize, openSession } from './sessions.ts';

/** What a thread with one session of each model starts with. */
export interface SessionRequest {
  readonly models: readonly Uint8Array[];
  readonly size: FeedSize;
}

/** Asks the thread for runs of one model; it answers when they are done. */
export interface RunRequest {
  readonly model: number;
  readonly runs: number;
}

const { models, size } = workerData as SessionRequest;
const sessions = await Promise.all(models.map((model) => openSession(model, 1)));
const feeds = createFeeds(size);

async function answer({ model, runs }: RunRequest): Promise<void> {
  for (let i = 0; i < runs; i++) await sessions[model]?.run(feeds);
  parentPort?.postMessage('done', []);
}

parentPort?.on('message', (request: RunRequest) => {
  void answer(request);
});
parentPort?.postMessage('ready', []);
