import sharp from 'sharp';
import { DeviceClient } from '../device/device-client.ts';
import { infer } from '../inference/infer.ts';
import { ModelSet } from '../models/model-set.ts';
import { ProblemError } from '../problem.ts';
import { findPhotoFaces } from './faces.ts';
import { findInputFormats } from './input-formats.ts';
import type {
  LoadRequest,
  PhotoJob,
  PhotoReply,
  PhotoResult,
  WorkerReply,
  WorkerRequest,
} from './job.ts';
import type { Lane } from './lanes.ts';
import { restrictLoaders } from './loaders.ts';
import { makeOverPhoto } from './makeover.ts';
import { probeModels } from './probe.ts';

/**
 * A photo worker: a process of its own, because a native call can neither be stopped nor be kept
 * from crashing its process. One request at a time, one thread.
 */
sharp.concurrency(1);
// Photos do not repeat, so a cache of decoded ones only holds memory.
sharp.cache(false);
restrictLoaders();

/** Well below any time after which silence means that the process hangs. */
const SIGN_EVERY_MS = 200;

/** The photo in work is wanted no more. */
class CanceledError extends Error {
  override readonly name = 'CanceledError';
}

const modelSet = new ModelSet();
let devices: DeviceClient | undefined;
let isCanceled = false;

async function answer(
  request: Exclude<WorkerRequest, { readonly type: 'cancel' }>,
): Promise<WorkerReply> {
  if (request.type === 'photo') return work(request.job, request.lane);
  if (request.type === 'load') {
    try {
      devices ??= await connectDevices(request.load);
      const report = await modelSet.load(request.load, devices);
      return { type: 'loaded', report, inputFormats: await findInputFormats() };
    } catch (error) {
      return { type: 'loadFailed', reason: messageOf(error) };
    }
  }
  try {
    await probeModels(modelSet.models);
    return { type: 'probed' };
  } catch (error) {
    return { type: 'probeFailed', reason: messageOf(error) };
  }
}

async function connectDevices({
  devices: sockets,
}: LoadRequest): Promise<DeviceClient | undefined> {
  if (sockets === undefined) return undefined;
  const client = new DeviceClient(sockets);
  await client.connect();
  return client;
}

async function work(job: PhotoJob, lane: Lane): Promise<PhotoReply> {
  isCanceled = false;
  if (devices !== undefined) devices.lane = lane;
  const signs = setInterval(send, SIGN_EVERY_MS, { type: 'alive' });
  try {
    const result = await perform(job);
    return { type: 'done', result, rssBytes: process.memoryUsage.rss() };
  } catch (error) {
    return describeFailure(error);
  } finally {
    clearInterval(signs);
  }
}

/** Ends the photo in work between two stages. */
function onStage(): void {
  if (isCanceled) throw new CanceledError();
}

function perform(job: PhotoJob): Promise<PhotoResult> {
  const { models } = modelSet;
  if (job.kind === 'faces') return findPhotoFaces(job, models, onStage);
  if (job.kind === 'infer') return infer(job, models, onStage);
  return makeOverPhoto(job, models, onStage);
}

function describeFailure(error: unknown): PhotoReply {
  const rssBytes = process.memoryUsage.rss();
  if (error instanceof CanceledError) return { type: 'canceled', rssBytes };
  if (error instanceof ProblemError) {
    return { type: 'refused', code: error.code, detail: error.message, rssBytes };
  }
  const detail = String(error instanceof Error ? error.stack : error);
  return { type: 'refused', code: 'INTERNAL', detail, rssBytes };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function send(reply: WorkerReply): void {
  // Where the service has ended meanwhile, nobody waits for the answer.
  if (process.connected) process.send?.(reply);
}

process.on('message', (request: WorkerRequest) => {
  // It comes in the midst of a photo; one that is late concerns none, the next photo resets it.
  if (request.type === 'cancel') isCanceled = true;
  else void answer(request).then(send);
});
// A terminal sends Ctrl-C to us too: the service finishes the photos in work, then lets us go.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.exit(0));
