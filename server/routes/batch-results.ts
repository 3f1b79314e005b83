import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Request, type Response, Router } from 'express';
import type { Batch } from '../batches/batch.ts';
import type { ByteRange } from '../batches/batch-files.ts';
import { ResultArchive } from '../batches/result-archive.ts';
import { allowOnly } from '../errors.ts';
import { mediaTypeOf } from '../photo/formats.ts';
import { ProblemError } from '../problem.ts';
import type { ServiceContext } from '../service-context.ts';
import { requireBatch } from './batch-request.ts';

/** Content that is sent as a whole, in part, or not again. */
interface Sendable {
  readonly type: string;
  readonly bytes: number;
  readonly etag: string;
  /** For whoever stores it. */
  readonly fileName: string;
  readonly stream: (range: ByteRange) => AsyncIterable<Uint8Array>;
}

/** GET /v1/batches/{id}/result and the results of single items. */
export function batchResultRoutes(context: ServiceContext): Router {
  const router = Router();
  router
    .route('/v1/batches/:id/result')
    .get((request, response) => {
      const batch = requireBatch(context, request, response);
      return sendArchive(context, batch, request, response);
    })
    .all(allowOnly('GET'));
  router
    .route('/v1/batches/:id/items/:number/result')
    .get((request, response) => {
      const batch = requireBatch(context, request, response);
      return sendResult(context, batch, request, response);
    })
    .all(allowOnly('GET'));
  return router;
}

async function sendArchive(
  { batches }: ServiceContext,
  batch: Batch,
  request: Request,
  response: Response,
): Promise<void> {
  requireEnd(batch);
  const archive = new ResultArchive(batch, batches.store);
  await send(request, response, {
    type: 'application/zip',
    bytes: archive.bytes,
    etag: archive.etag,
    fileName: `makeovers-${batch.id.slice(0, 8)}.zip`,
    stream: (range) => archive.stream(range),
  });
}

async function sendResult(
  { batches }: ServiceContext,
  batch: Batch,
  request: Request<{ number: string }>,
  response: Response,
): Promise<void> {
  const { number } = request.params;
  const result = batch.item(Number(number))?.result;
  if (result === undefined) throw noResult(number);
  response.set({ 'X-Model-Version': result.model, 'X-Faces': String(result.faces) });
  await send(request, response, {
    type: mediaTypeOf(result.format),
    bytes: result.bytes,
    etag: `"${result.sha256}"`,
    fileName: (result.name.split('/').at(-1) ?? '').replace(/[^\w.-]+/g, '_'),
    stream: (range) => batches.store.streamResult(batch, result, range),
  });
}

function requireEnd(batch: Batch): void {
  if (batch.hasEnded) return;
  const { queued, running } = batch.counts;
  throw new ProblemError(
    'BATCH_NOT_DONE',
    batch.state === 'open'
      ? 'the batch still takes items: seal it, and wait for its end'
      : `${queued + running} items of the batch have not ended: wait for the event "end"`,
  );
}

function noResult(number: string): ProblemError {
  return new ProblemError(
    'BATCH_ITEM_NOT_FOUND',
    `the batch has no result of an item ${number}: GET its items to see which have succeeded`,
  );
}

/** Answers by RFC 9110: 13 (If-None-Match, If-Range) and 14 (Range, one at a time). */
async function send(request: Request, response: Response, content: Sendable): Promise<void> {
  const { bytes, etag, fileName, type } = content;
  response.set({ 'Cache-Control': 'private, no-cache', ETag: etag, 'Accept-Ranges': 'bytes' });
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  const range = wantedRange(request, content);
  const { start, end } = range ?? { start: 0, end: bytes - 1 };
  response.status(range === undefined ? 200 : 206).set({
    'Content-Type': type,
    'Content-Length': String(end - start + 1),
    'Content-Disposition': `attachment; filename="${fileName}"`,
    ...(range && { 'Content-Range': `bytes ${start}-${end}/${bytes}` }),
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(Readable.from(content.stream({ start, end })), response);
}

/** Undefined for the whole content, also where several ranges are asked for at once. */
function wantedRange(request: Request, { bytes, etag }: Sendable): ByteRange | undefined {
  const condition = request.get('If-Range');
  if (condition !== undefined && condition !== etag) return undefined;
  const ranges = request.range(bytes);
  if (ranges === -1) {
    throw new ProblemError(
      'RANGE_NOT_SATISFIABLE',
      `there are ${bytes} bytes: ask for some of them`,
      {
        'Content-Range': `bytes */${bytes}`,
      },
    );
  }
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes') return undefined;
  return ranges.length === 1 ? ranges[0] : undefined;
}
