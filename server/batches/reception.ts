import type { Request, Response } from 'express';
import type { UploadLimits } from '../upload.ts';
import type { PhotoSink } from './batch-store.ts';

/** What a body may have. */
export interface ReceptionLimits extends UploadLimits {
  readonly batchMaxItems: number;
  /** Of a whole batch. */
  readonly maxDataBytes: number;
  /** Where a body may be stored while it is read. */
  readonly dataFolder: string;
}

/** What a request brought beside its photos: fields that may hold parameters. */
export type ReceivedFields = Readonly<Record<string, unknown>>;

/** Takes the photos out of the body of a request, one after the other, whole batches included. */
export interface PhotoReceiver {
  /** Whether it reads bodies of this type, which is in lower case and without parameters. */
  readonly takes: (mediaType: string) => boolean;
  /**
   * Gives every photo to the sink.
   *
   * @throws ProblemError for a body that cannot be read, or what the sink throws; an Error when the
   *   client goes away
   */
  readonly receive: (
    request: Request,
    response: Response,
    sink: PhotoSink,
    limits: ReceptionLimits,
  ) => Promise<ReceivedFields>;
}
