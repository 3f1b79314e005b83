import { parentPort, workerData } from 'node:worker_threads';
import { Random } from '../random.ts';
import { openCropFile } from './crop-file.ts';
import type { Jitter } from './jitter.ts';
import { type Batch, type SampledPopulation, Sampler, type SamplerState } from './sampler.ts';

/** What the thread that draws batches starts with. */
export interface SamplingRequest {
  /** The decoded faces. */
  readonly cropFile: string;
  readonly populations: readonly SampledPopulation[];
  readonly jitter: Jitter;
  readonly batchSize: number;
  /** Where the sampler stands before the first batch. */
  readonly state: SamplerState;
}

/** Asks the thread for one batch, which is drawn from a state where one is given. */
export interface DrawRequest {
  /** Comes back with the batch. */
  readonly generation: number;
  readonly state?: SamplerState;
}

export interface DrawnBatch {
  readonly generation: number;
  readonly batch: Batch;
  /** Where the sampler stands after the batch. */
  readonly state: SamplerState;
}

/** An error here ends the thread and reaches the one that started it as an event. */
const request = workerData as SamplingRequest;
const store = openCropFile(request.cropFile);
if (store === undefined) throw new Error(`${request.cropFile} cannot be read: start again`);
const sampler = new Sampler(store, request.populations, request.jitter, new Random(0));

parentPort?.on('message', ({ generation, state }: DrawRequest) => {
  if (state !== undefined) sampler.state = state;
  const batch = sampler.next(request.batchSize);
  const drawn: DrawnBatch = { generation, batch, state: sampler.state };
  const moved = Object.values(batch) as (Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>)[];
  parentPort?.postMessage(
    drawn,
    moved.map(({ buffer }) => buffer),
  );
});
