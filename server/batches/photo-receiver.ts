import type { Request, Response } from 'express';
import { ProblemError } from '../problem.ts';
import { fileTooLarge, type UploadLimits } from '../upload.ts';
import type { PhotoSink } from './batch-store.ts';
import { toItemName } from './result-names.ts';

/**
 * Takes the whole body of a request as a photo, which the query may name.
 *
 * @throws ProblemError BAD_PARAMETER, FILE_TOO_LARGE or NO_IMAGE, and what the sink throws
 */
export async function receivePhoto(
  request: Request,
  response: Response,
  sink: PhotoSink,
  limits: UploadLimits,
): Promise<void> {
  const { name = 'photo', ...others } = request.query;
  const [other] = Object.keys(others);
  if (other !== undefined || typeof name !== 'string') {
    throw new ProblemError(
      'BAD_PARAMETER',
      `there is no parameter "${other ?? 'name'}" of this kind here: only name=photo.jpg is expected`,
    );
  }
  if (Number(request.get('Content-Length')) > limits.maxUploadBytes) throw fileTooLarge(limits);
  if (request.headers.expect !== undefined) response.writeContinue();
  await sink.add(toItemName(name), photoOf(request, limits));
}

async function* photoOf(request: Request, limits: UploadLimits): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  // The request must outlive a refusal, which is its answer.
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > limits.maxUploadBytes) throw fileTooLarge(limits);
    yield chunk;
  }
  if (bytes === 0) {
    throw new ProblemError(
      'NO_IMAGE',
      'the request has no body: send the photo as the body, as curl --data-binary @photo.jpg does',
    );
  }
}
