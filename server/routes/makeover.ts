import { type Request, type Response, Router } from 'express';
import { allowOnly } from '../errors.ts';
import { parseParameters } from '../parameters.ts';
import { extensionOf, mediaTypeOf } from '../photo/formats.ts';
import type { MakeoverResult } from '../photo/job.ts';
import { sendFile } from '../send-file.ts';
import type { ServiceContext } from '../service-context.ts';
import { receiveUpload, type Upload } from '../upload.ts';
import { chooseOutputFormat } from './output-format.ts';
import { formatTimings, readHeader, runJob, withPlace } from './photo-request.ts';

/** POST /v1/makeover: a photo in, the made-over photo out. */
export function makeoverRoute(context: ServiceContext): Router {
  const router = Router();
  router
    .route('/v1/makeover')
    .post((request, response) => {
      // What is wrong before the upload need not wait for it.
      parseParameters(request.query);
      return withPlace(context, () => answer(context, request, response));
    })
    .all(allowOnly('POST'));
  return router;
}

async function answer(
  context: ServiceContext,
  request: Request,
  response: Response,
): Promise<void> {
  const startMs = performance.now();
  const upload = await receiveUpload(request, response, context.config);
  const uploadMs = performance.now() - startMs;
  const parameters = parseParameters(request.query, upload.fields);
  const modelVersion = context.registry.requireServed(parameters.model);
  const header = readHeader(context, upload.file);
  const format = chooseOutputFormat(request, parameters, header.format);
  const { maxPixels, maxFaces } = context.config;
  const job = {
    ...parameters,
    kind: 'makeover',
    file: upload.file,
    model: modelVersion,
    format,
    quality: parameters.quality,
    maxPixels,
    maxFaces,
  } as const;
  const result = await runJob(context, response, job, header);
  response.locals.faces = result.faces.length;
  response.set({
    'Content-Type': mediaTypeOf(result.format),
    'Content-Length': String(result.file.length),
    'Content-Disposition': `inline; filename="${resultName(upload, result)}"`,
    'Cache-Control': 'no-store',
    Vary: 'Accept',
    'X-Model-Version': modelVersion,
    'X-Faces': String(result.faces.length),
    'Server-Timing': formatTimings(uploadMs, result),
  });
  await sendFile(response, result.file, context.config.uploadTimeoutMs);
}

/** The upload's name with ".makeover" before the extension, in letters that every client takes. */
function resultName({ fileName }: Upload, { format }: MakeoverResult): string {
  const stem = (fileName ?? '').replace(/\.[^.]*$/, '').replace(/[^\w.-]+/g, '_');
  return `${stem || 'photo'}.makeover.${extensionOf(format)}`;
}
