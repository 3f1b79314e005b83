import { Worker } from 'node:worker_threads';
import type { DrawnBatch, DrawRequest, SamplingRequest } from './batch-worker.ts';
import type { Batch, SamplerState } from './sampler.ts';

/** Batches that are ready or in work while one is used. */
const AHEAD = 3;

/** Where a training loop gets its batches from. */
export interface BatchSource {
  /** The next batch. Rejects when it cannot be drawn. */
  next(): Promise<Batch>;
  /**
   * Where the sampler stands after the batches that `next` has given: from there a run goes on.
   * Setting it drops what has been drawn ahead.
   */
  state: SamplerState;
  /** Gives up what holds the process; no batch can be drawn any more. */
  close(): Promise<void>;
}

/**
 * Draws batches in a thread of its own, some ahead of the training loop. They are those that a
 * `Sampler` in the state of the request draws, in the same order. The thread starts with the first
 * batch that is asked for.
 */
export class BatchQueue implements BatchSource {
  readonly #request: SamplingRequest;
  #worker: Worker | undefined;
  readonly #ready: DrawnBatch[] = [];
  readonly #waiting: Pending[] = [];
  #state: SamplerState;
  /** Counts how often the state was set: batches that were drawn before belong to an older one. */
  #generation = 0;
  #failure: Error | undefined;

  constructor(request: SamplingRequest) {
    this.#request = request;
    this.#state = request.state;
  }

  get state(): SamplerState {
    return this.#state;
  }

  set state(state: SamplerState) {
    this.#state = state;
    this.#generation++;
    this.#ready.length = 0;
    if (this.#worker !== undefined) this.#drawAhead(this.#worker);
  }

  async next(): Promise<Batch> {
    if (this.#worker === undefined && this.#failure === undefined) this.#start();
    const { batch, state } = await this.#take();
    this.#state = state;
    this.#worker?.postMessage({ generation: this.#generation } satisfies DrawRequest, []);
    return batch;
  }

  /** Ends the thread; batches that were drawn ahead are dropped. */
  async close(): Promise<void> {
    this.#fail(new Error('the run has ended'));
    await this.#worker?.terminate();
  }

  #start(): void {
    // Only what the thread needs: all attributes of 200,000 faces would take seconds to copy.
    const populations = this.#request.populations.map(({ targets, sources, sourceTargets }) => ({
      targets: targets.map(({ file }) => ({ file })),
      sources: sources.map(({ file }) => ({ file })),
      sourceTargets,
    }));
    const worker = startWorker('./batch-worker', { ...this.#request, populations });
    worker.on('message', (drawn: DrawnBatch) => this.#deliver(drawn));
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', (code) =>
      this.#fail(new Error(`the thread that draws batches ended with exit code ${code}`)),
    );
    this.#worker = worker;
    this.#drawAhead(worker);
  }

  #drawAhead(worker: Worker): void {
    const generation = this.#generation;
    const first: DrawRequest = { generation, state: this.#state };
    worker.postMessage(first, []);
    for (let i = 1; i < AHEAD; i++) {
      worker.postMessage({ generation } satisfies DrawRequest, []);
    }
  }

  #take(): Promise<DrawnBatch> {
    const drawn = this.#ready.shift();
    if (drawn !== undefined) return Promise.resolve(drawn);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  #deliver(drawn: DrawnBatch): void {
    if (drawn.generation !== this.#generation) return;
    const pending = this.#waiting.shift();
    if (pending === undefined) this.#ready.push(drawn);
    else pending.resolve(drawn);
  }

  /** The first failure is the reason; an exit follows every error. */
  #fail(error: Error): void {
    this.#failure ??= new Error(`no batch can be drawn: ${error.message}`, { cause: error });
    for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
  }
}

interface Pending {
  readonly resolve: (drawn: DrawnBatch) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts a module of this folder in a thread. A thread does not inherit the loader by which we read
 * TypeScript ourselves when we are not compiled: it has to register it first.
 */
function startWorker(name: string, workerData: unknown): Worker {
  const isSource = import.meta.url.endsWith('.ts');
  const entry = new URL(`${name}${isSource ? '.ts' : '.js'}`, import.meta.url).href;
  const prepare = isSource
    ? `import('tsx/esm/api').then(({ register }) => register())`
    : `Promise.resolve()`;
  return new Worker(`${prepare}.then(() => import(${JSON.stringify(entry)}))`, {
    eval: true,
    workerData,
  });
}
