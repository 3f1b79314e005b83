import type { Request, Response } from 'express';
import type { FaceChoice } from '../../models/contract/face.ts';
import type { Client } from '../access/client.ts';
import type { Place } from '../admission.ts';
import type { PhotoJob, PhotoResult } from '../photo/job.ts';
import { observeStages } from '../photo/observe-stages.ts';
import { type PhotoHeader, requirePhoto } from '../photo/probe-photo.ts';
import type { PoolResult } from '../photo/ticket.ts';
import type { ServiceContext } from '../service-context.ts';
import { receiveUpload, type Upload } from '../upload.ts';
import { Deadline } from './deadline.ts';

/** What is known of a photo before it is worked on. */
export interface WeighedPhoto {
  readonly header: Pick<PhotoHeader, 'width' | 'height'>;
  /** SHA-256 of the file, in hexadecimal digits. */
  readonly contentHash: string;
  /** Which faces are worked on. */
  readonly faces: FaceChoice;
}

/** A request with a photo, which has a place while it is uploaded, worked on and answered. */
export class PhotoRequest {
  readonly #context: ServiceContext;
  readonly #request: Request;
  readonly #response: Response;
  readonly #place: Place;
  readonly #deadline: Deadline;
  #uploadMs = 0;

  /** @throws ProblemError BAD_PARAMETER, QUEUE_FULL or DRAINING */
  constructor(context: ServiceContext, request: Request, response: Response) {
    this.#context = context;
    this.#request = request;
    this.#response = response;
    const { admission, config } = context;
    this.#deadline = new Deadline(request.get('X-Timeout-Ms'), config.timeoutMs);
    const length = request.get('Content-Length');
    this.#place = admission.enter({
      caller: `${this.clientId} ${request.originalUrl} ${length}`,
      uploadBytes: Math.min(Number(length ?? config.maxUploadBytes), config.maxUploadBytes),
    });
  }

  /** Of whose photo it is. */
  get clientId(): string {
    return (this.#response.locals.client as Client).id;
  }

  /** Gives the place back; to be called once. */
  leave(): void {
    this.#place.leave();
  }

  /** See `receiveUpload`; also rejects with DEADLINE_EXCEEDED. */
  async receive(): Promise<Upload> {
    const { config, metrics } = this.#context;
    const startMs = performance.now();
    const upload = await this.#deadline.during(
      receiveUpload(this.#request, this.#response, config),
    );
    this.#uploadMs = performance.now() - startMs;
    metrics.stageDuration.observe({ stage: 'upload' }, this.#uploadMs / 1000);
    return upload;
  }

  /**
   * Reads a photo's header and refuses what should not cost a worker's time.
   *
   * @throws ProblemError TYPE_NOT_ALLOWED, IMAGE_CORRUPT or PIXELS_TOO_MANY
   */
  readHeader(file: Uint8Array): PhotoHeader {
    const { config, pool } = this.#context;
    return requirePhoto(file, { maxPixels: config.maxPixels, inputFormats: pool.inputFormats });
  }

  /**
   * Runs a job for as long as its client waits, on its client's budget.
   *
   * @throws ProblemError RATE_LIMITED, QUEUE_FULL, and what `PhotoPool.run` throws
   */
  async run<J extends PhotoJob>(job: J, photo: WeighedPhoto): Promise<PoolResult<J>> {
    const { admission, pixelBudget, pool, metrics } = this.#context;
    const { header, contentHash, faces } = photo;
    const pixels = header.width * header.height;
    this.#deadline.requireTime();
    pixelBudget.charge(this.#response, pixels);
    this.#place.weigh({
      uploadBytes: job.file.length,
      pixels,
      faces: admission.faces.expect(faces),
    });
    const abort = new AbortController();
    this.#response.once('close', () => abort.abort());
    const result = await pool.run(job, {
      lane: 'interactive',
      timeoutMs: this.#deadline.leftMs,
      signal: abort.signal,
      pixels,
      contentHash,
    });
    observeStages(metrics, result);
    this.#countFaces(result, faces);
    return result;
  }

  /** Value of the header Server-Timing; without a result, that of an answer that cost none. */
  timings(result?: Pick<PoolResult, 'queueMs' | 'timingsMs'>): string {
    const worked = result && { queue: result.queueMs, ...result.timingsMs };
    return Object.entries({ upload: this.#uploadMs, ...worked })
      .map(([stage, ms]) => `${stage};dur=${ms.toFixed(1)}`)
      .join(', ');
  }

  #countFaces(result: PhotoResult, wanted: FaceChoice): void {
    if (result.kind === 'infer') return;
    const { kind, faces } = result;
    const { admission, metrics } = this.#context;
    this.#response.locals.faces = faces.length;
    if (kind === 'makeover') metrics.facesPerPhoto.observe(faces.length);
    if (wanted === 'all') admission.faces.observe(faces.length);
  }
}

/** Answers a request with a photo, within its place. */
export async function answerPhoto(
  context: ServiceContext,
  request: Request,
  response: Response,
  answer: (photo: PhotoRequest) => Promise<void>,
): Promise<void> {
  const photo = new PhotoRequest(context, request, response);
  try {
    await answer(photo);
  } finally {
    photo.leave();
  }
}
