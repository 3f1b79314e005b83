import { type Request, type Response, Router } from 'express';
import { allowOnly } from '../errors.ts';
import { type MakeoverParameters, parseParameters } from '../parameters.ts';
import { hashContent } from '../photo/content-hash.ts';
import { extensionOf, mediaTypeOf, requirePhotoFormat } from '../photo/formats.ts';
import type { PoolResult } from '../photo/ticket.ts';
import { sendFile } from '../send-file.ts';
import type { ServiceContext } from '../service-context.ts';
import { receiveUpload, type Upload } from '../upload.ts';

/** POST /v1/makeover: a photo in, the made-over photo out. */
export function makeoverRoute(context: ServiceContext): Router {
  const router = Router();
  router
    .route('/v1/makeover')
    .post((request, response) => admit(context, request, response))
    .all(allowOnly('POST'));
  return router;
}

async function admit(context: ServiceContext, request: Request, response: Response): Promise<void> {
  // What is wrong before the upload need not wait for it.
  parseParameters(request.query);
  const leave = context.admission.enter();
  try {
    await answer(context, request, response);
  } finally {
    leave();
  }
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
  // What is no photo by its first bytes does not cost a worker's time.
  requirePhotoFormat(upload.file);
  const result = await runJob(context, response, upload, parameters);
  const timingsMs = { upload: uploadMs, queue: result.queueMs, ...result.timingsMs };
  response.locals.faces = result.faces.length;
  response.set({
    'Content-Type': mediaTypeOf(result.format),
    'Content-Length': String(result.file.length),
    'Content-Disposition': `inline; filename="${resultName(upload, result)}"`,
    'Cache-Control': 'no-store',
    'X-Model-Version': modelVersion,
    'X-Faces': String(result.faces.length),
    'Server-Timing': Object.entries(timingsMs)
      .map(([stage, ms]) => `${stage};dur=${ms.toFixed(1)}`)
      .join(', '),
  });
  await sendFile(response, result.file, context.config.uploadTimeoutMs);
}

async function runJob(
  { config, pool }: ServiceContext,
  response: Response,
  { file }: Upload,
  { model = '', strength, faces, output, format }: MakeoverParameters,
): Promise<PoolResult> {
  const abort = new AbortController();
  response.once('close', () => abort.abort());
  return pool.run(
    {
      file,
      model,
      strength,
      faces,
      output,
      format,
      maxPixels: config.maxPixels,
      maxFaces: config.maxFaces,
    },
    {
      lane: 'interactive',
      timeoutMs: config.timeoutMs,
      signal: abort.signal,
      pixels: config.maxPixels,
      contentHash: await hashContent(file),
    },
  );
}

/** The upload's name with ".makeover" before the extension, in letters that every client takes. */
function resultName({ fileName }: Upload, { format }: PoolResult): string {
  const stem = (fileName ?? '').replace(/\.[^.]*$/, '').replace(/[^\w.-]+/g, '_');
  return `${stem || 'photo'}.makeover.${extensionOf(format)}`;
}
