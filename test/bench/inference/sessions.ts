import { Worker } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { RunRequest, SessionRequest } from './session-worker.ts';

/** What every session is fed: noise, since what a run costs does not depend on the picture. */
export interface FeedSize {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
}

/** Sessions of several models, of which one model runs at a time. */
export interface Sessions {
  /** Sessions of each model that run side by side. */
  readonly count: number;
  /** Milliseconds until each session of a model has made that many runs. */
  time(model: number, runs: number): Promise<number>;
  close(): Promise<void>;
}

/** One session of each model, on all threads. */
export async function openSharedSessions(
  models: readonly Uint8Array[],
  size: FeedSize,
  threads: number,
): Promise<Sessions> {
  const sessions = await Promise.all(models.map((model) => openSession(model, threads)));
  const feeds = createFeeds(size);
  return {
    count: 1,
    time: async (model, runs) => {
      const startMs = performance.now();
      for (let i = 0; i < runs; i++) await sessions[model]?.run(feeds);
      return performance.now() - startMs;
    },
    close: async () => {
      for (const session of sessions) await session.release();
    },
  };
}

/** A session of each model in each of some threads, with one thread each. */
export async function openSessionPerThread(
  models: readonly Uint8Array[],
  size: FeedSize,
  threads: number,
): Promise<Sessions> {
  const request: SessionRequest = { models, size };
  const workers = Array.from({ length: threads }, () => startWorker(request));
  try {
    await Promise.all(workers.map(nextMessage));
  } catch (error) {
    await Promise.all(workers.map((worker) => worker.terminate()));
    throw error;
  }
  return {
    count: threads,
    time: async (model, runs) => {
      const startMs = performance.now();
      const done = workers.map(nextMessage);
      for (const worker of workers) worker.postMessage({ model, runs } satisfies RunRequest, []);
      await Promise.all(done);
      return performance.now() - startMs;
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

export function openSession(model: Uint8Array, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    // As the service has it; a spinning thread would also take time from the next session's block.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
}

export function createFeeds(size: FeedSize): Record<string, Tensor> {
  const { dims, data } = createImage(size);
  return { image: new Tensor('uint8', data, dims) };
}

/** uint8 [batch, height, width, 3] */
export function createImage({ batch, height, width }: FeedSize): {
  readonly dims: number[];
  readonly data: Uint8Array;
} {
  const dims = [batch, height, width, 3];
  const data = Uint8Array.from({ length: batch * height * width * 3 }, (_, i) => (i * 37) % 256);
  return { dims, data };
}

/** A thread has to register the loader by which we read TypeScript first. */
function startWorker(workerData: SessionRequest): Worker {
  const entry = new URL('./session-worker.ts', import.meta.url).href;
  return new Worker(
    `import('tsx/esm/api').then(({ register }) => register()).then(() => import(${JSON.stringify(entry)}))`,
    { eval: true, workerData },
  );
}

function nextMessage(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', () => {
      worker.off('error', reject);
      resolve();
    });
  });
}
