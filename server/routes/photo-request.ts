import type { Response } from 'express';
import { hashContent } from '../photo/content-hash.ts';
import type { PhotoJob } from '../photo/job.ts';
import { type PhotoHeader, requirePhoto } from '../photo/probe-photo.ts';
import type { PoolResult } from '../photo/ticket.ts';
import type { ServiceContext } from '../service-context.ts';

/** Takes a place for a photo while it is uploaded, worked on and answered. */
export async function withPlace(
  { admission }: ServiceContext,
  work: () => Promise<void>,
): Promise<void> {
  const leave = admission.enter();
  try {
    await work();
  } finally {
    leave();
  }
}

/**
 * Reads a photo's header and refuses what should not cost a worker's time.
 *
 * @throws ProblemError TYPE_NOT_ALLOWED, IMAGE_CORRUPT or PIXELS_TOO_MANY
 */
export function readHeader({ config, pool }: ServiceContext, file: Uint8Array): PhotoHeader {
  return requirePhoto(file, { maxPixels: config.maxPixels, inputFormats: pool.inputFormats });
}

/**
 * Runs a job for as long as its client waits, on its client's budget.
 *
 * @throws ProblemError RATE_LIMITED, or what the pool refuses
 */
export async function runJob<J extends PhotoJob>(
  { config, pixelBudget, pool }: ServiceContext,
  response: Response,
  job: J,
  { width, height }: PhotoHeader,
): Promise<PoolResult<J>> {
  pixelBudget.charge(response, width * height);
  const abort = new AbortController();
  response.once('close', () => abort.abort());
  return pool.run(job, {
    lane: 'interactive',
    timeoutMs: config.timeoutMs,
    signal: abort.signal,
    pixels: width * height,
    contentHash: await hashContent(job.file),
  });
}

/** Value of the header Server-Timing. */
export function formatTimings(
  uploadMs: number,
  { queueMs, timingsMs }: Pick<PoolResult, 'queueMs' | 'timingsMs'>,
): string {
  return Object.entries({ upload: uploadMs, queue: queueMs, ...timingsMs })
    .map(([stage, ms]) => `${stage};dur=${ms.toFixed(1)}`)
    .join(', ');
}
