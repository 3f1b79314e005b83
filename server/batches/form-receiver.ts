import { callbackify } from 'node:util';
import type { Request, Response } from 'express';
import multer, { type StorageEngine } from 'multer';
import { ProblemError } from '../problem.ts';
import { FIELD_LIMITS, formProblem, requireBoundary, type UploadLimits } from '../upload.ts';
import type { PhotoSink } from './batch-store.ts';
import type { PhotoReceiver, ReceivedFields } from './reception.ts';
import { toItemName } from './result-names.ts';

const FIELD = 'image';

/** Forms with any number of photos in fields `image`, and parameters in others. */
export const FORM_RECEIVER: PhotoReceiver = {
  takes: (mediaType) => mediaType.startsWith('multipart/'),
  receive: receiveForm,
};

async function receiveForm(
  request: Request,
  response: Response,
  sink: PhotoSink,
  limits: UploadLimits,
): Promise<ReceivedFields> {
  requireBoundary(request);
  let photos: Promise<void> = Promise.resolve();
  const received = new Promise<ReceivedFields>((resolve, reject) => {
    const stop = (error: unknown) => {
      // The parser would read the rest of the body before it told.
      request.unpipe();
      reject(error instanceof ProblemError ? error : formProblem(error, limits));
    };
    const engine: StorageEngine = {
      _handleFile: (_request, { originalname, stream }, done) => {
        // One after the other: the parser waits, and with it the client.
        photos = photos.then(() => sink.add(toItemName(originalname), stream));
        callbackify(() => photos)((error: NodeJS.ErrnoException | null) => {
          if (error) stop(error);
          done(error, {});
        });
      },
      _removeFile: (_request, _file, done) => done(null),
    };
    const form = multer({
      storage: engine,
      preservePath: true,
      defParamCharset: 'utf8',
      limits: { ...FIELD_LIMITS, fileSize: limits.maxUploadBytes },
    }).array(FIELD);
    request.on('close', () => {
      if (!request.readableEnded) reject(new Error('the client ended the upload'));
    });
    form(request, response, (error: unknown) => {
      if (error) stop(error);
      else resolve((request.body ?? {}) as ReceivedFields);
    });
  });
  try {
    return await received;
  } finally {
    await photos.catch(() => undefined);
  }
}
