import { type Request, type Response, Router } from 'express';
import { allowOnly } from '../errors.ts';
import type { ModelUse } from '../models/serving.ts';
import { type MakeoverParameters, parseParameters } from '../parameters.ts';
import { hashContent } from '../photo/content-hash.ts';
import { extensionOf, type ImageFormat, mediaTypeOf } from '../photo/formats.ts';
import type { MakeoverResult } from '../photo/job.ts';
import type { PhotoHeader } from '../photo/probe-photo.ts';
import { sendFile } from '../send-file.ts';
import type { ServiceContext } from '../service-context.ts';
import type { Upload } from '../upload.ts';
import { answerLater, prefersAsync } from './makeover-later.ts';
import { chooseOutputFormat } from './output-format.ts';
import { answerPhoto, type PhotoRequest } from './photo-request.ts';

/** POST /v1/makeover: a photo in, the made-over photo out. */
export function makeoverRoute(context: ServiceContext): Router {
  const router = Router();
  router
    .route('/v1/makeover')
    .post((request, response) => {
      // What is wrong before the upload need not wait for it.
      parseParameters(request.query);
      return answerPhoto(context, request, response, (photo) =>
        answer(context, photo, request, response),
      );
    })
    .all(allowOnly('POST'));
  return router;
}

async function answer(
  context: ServiceContext,
  photo: PhotoRequest,
  request: Request,
  response: Response,
): Promise<void> {
  const upload = await photo.receive();
  const parameters = parseParameters(request.query, upload.fields);
  const { model, version } = parameters;
  // What is wrong with the model is told before anything about the photo.
  if (version === undefined) context.registry.requireServed(model);
  else context.registry.requireKnown(model);
  const header = photo.readHeader(upload.file);
  const format = chooseOutputFormat(request, parameters, header.format);
  if (prefersAsync(request)) {
    await answerLater(context, request, response, { upload, format });
    return;
  }
  const contentHash = await hashContent(upload.file);
  const wish = { model, version, contentHash, hasLeft: () => response.destroyed };
  await context.models.serving.serve(wish, (use) =>
    answerWith(context, use, request, response, {
      photo,
      upload,
      parameters,
      header,
      format,
      contentHash,
    }),
  );
}

interface CheckedRequest {
  readonly photo: PhotoRequest;
  readonly upload: Upload;
  readonly parameters: MakeoverParameters;
  readonly header: PhotoHeader;
  readonly format: ImageFormat | undefined;
  readonly contentHash: string;
}

async function answerWith(
  context: ServiceContext,
  { modelVersion, observe }: ModelUse,
  request: Request,
  response: Response,
  { photo, upload, parameters, header, format, contentHash }: CheckedRequest,
): Promise<void> {
  const { maxPixels, maxFaces } = context.config;
  const { strength, faces, output, quality } = parameters;
  const settings = {
    kind: 'makeover',
    model: modelVersion,
    strength,
    faces,
    output,
    format,
    quality,
    maxPixels,
    maxFaces,
  } as const;
  const tag = context.cache.tagOf(settings, contentHash);
  response.set({
    'Cache-Control': 'no-store',
    Vary: 'Accept',
    'X-Model-Version': modelVersion,
  });
  const etag = `"${tag}"`;
  if (holds(request, etag)) {
    response.status(304).set('ETag', etag).end();
    return;
  }
  const cached = context.cache.find(photo.clientId, tag);
  if (cached) {
    response.locals.faces = cached.faces.length;
    response.set({ ETag: etag, 'X-Cache': 'hit', 'Server-Timing': photo.timings() });
    await sendResult(context, response, upload, cached);
    return;
  }
  const job = { ...settings, file: upload.file };
  const result = await observe(photo.run(job, { header, contentHash, faces }));
  context.cache.keep(photo.clientId, tag, result);
  response.set({ ETag: etag, 'X-Cache': 'miss', 'Server-Timing': photo.timings(result) });
  await sendResult(context, response, upload, result);
}

/** Whether the client has this very result, as If-None-Match says (RFC 9110, 13.1.2). */
function holds(request: Request, etag: string): boolean {
  const tags = (request.get('If-None-Match') ?? '').split(',');
  return tags.some((held) => held.trim().replace(/^W\//, '') === etag);
}

async function sendResult(
  { config }: ServiceContext,
  response: Response,
  upload: Upload,
  result: MakeoverResult,
): Promise<void> {
  response.set({
    'Content-Type': mediaTypeOf(result.format),
    'Content-Length': String(result.file.length),
    'Content-Disposition': `inline; filename="${resultName(upload, result)}"`,
    'X-Faces': String(result.faces.length),
  });
  await sendFile(response, result.file, config.uploadTimeoutMs);
}

/** The upload's name with ".makeover" before the extension, in letters that every client takes. */
function resultName({ fileName }: Upload, { format }: MakeoverResult): string {
  const stem = (fileName ?? '').replace(/\.[^.]*$/, '').replace(/[^\w.-]+/g, '_');
  return `${stem || 'photo'}.makeover.${extensionOf(format)}`;
}
