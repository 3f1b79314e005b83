import type { RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { makeoverSchema } from '../../parameters.ts';
import { IMAGE_FORMATS, mediaTypeOf } from '../../photo/formats.ts';
import { itemsSchema } from '../../routes/batch-items.ts';
import { file, headers, json, NOT_MODIFIED, nothing, problems, text } from '../answers.ts';
import { batchItemsSchema, batchSchema } from '../schemas/batches.ts';
import { API_KEY, KEY_PROBLEMS } from '../security.ts';

const id = z.string().describe("The batch's id.");
const params = z.object({ id });

const common = { tags: ['Batches'], ...API_KEY };
const base = ['BATCH_NOT_FOUND', ...KEY_PROBLEMS] as const;

/** Codes of routes that take photos. */
const UPLOAD_PROBLEMS = [
  'BAD_PARAMETER',
  'BAD_MULTIPART',
  'BAD_ARCHIVE',
  'NO_IMAGE',
  'TYPE_NOT_ALLOWED',
  'FILE_TOO_LARGE',
  'BATCH_TOO_LARGE',
  'UPLOAD_TOO_SLOW',
  'STORAGE_FULL',
  'DRAINING',
] as const;

const images = z
  .array(z.string().meta({ type: 'string', format: 'binary' }))
  .describe('The photos; their file names may have folders, parted by `/`.');
const ARCHIVE = {
  'application/zip': { schema: z.string().meta({ type: 'string', format: 'binary' }) },
};
const PHOTOS = {
  description: 'A form with photos in fields `image`, or a ZIP archive of photos.',
  content: { 'multipart/form-data': { schema: z.object({ image: images }) }, ...ARCHIVE },
};

const IDEMPOTENCY = z.object({
  'Idempotency-Key': z.string().optional().meta({
    description: 'A request that is sent again with the same key makes no second batch.',
  }),
});
const LOCATION = headers({ Location: 'Where the batch is.' });
const ETAG = headers({ ETag: 'For If-None-Match and If-Range.' });
const PART = headers({ 'Content-Range': 'Which bytes these are.' });

const TYPES = IMAGE_FORMATS.map(mediaTypeOf);
const RESULT_FACTS = headers({
  'X-Model-Version': 'The generator that made it, as `name/version`.',
  'X-Faces': 'Number of faces made over.',
  'Content-Disposition': 'A name for the file.',
});
const ARCHIVE_NAME = headers({ 'Content-Disposition': 'A name for the file.' });

/** Answers of routes that send files, whole or in part. */
function download(description: string, types: readonly string[], facts: typeof ETAG) {
  return {
    200: file(description, types, { ...ETAG, ...facts }),
    206: file('The bytes that `Range` asks for.', types, { ...ETAG, ...facts, ...PART }),
    304: { ...NOT_MODIFIED, headers: { ...NOT_MODIFIED.headers, ...facts } },
  };
}

/** Batches of photos. */
export const batchOperations: readonly RouteConfig[] = [
  {
    method: 'post',
    path: '/v1/batches',
    operationId: 'beginBatch',
    ...common,
    summary: 'Make many photos over',
    description:
      'With a form or an archive the batch has its photos and begins when all have come. Without a body it is ' +
      'open: photos are posted to its items until it is sealed.',
    request: {
      query: makeoverSchema,
      headers: IDEMPOTENCY,
      body: {
        ...PHOTOS,
        content: {
          'multipart/form-data': { schema: makeoverSchema.partial().extend({ image: images }) },
          ...ARCHIVE,
        },
      },
    },
    responses: {
      200: json('The batch that this very request has begun before.', batchSchema, LOCATION),
      201: json('The new batch.', batchSchema, LOCATION),
      ...problems(
        'MODEL_NOT_FOUND',
        'MODEL_NOT_READY',
        'IDEMPOTENCY_CONFLICT',
        ...UPLOAD_PROBLEMS,
        ...KEY_PROBLEMS,
      ),
    },
  },
  {
    method: 'get',
    path: '/v1/batches/{id}',
    operationId: 'describeBatch',
    ...common,
    summary: 'Tell how far a batch is',
    request: { params },
    responses: { 200: json('The batch.', batchSchema), ...problems(...base) },
  },
  {
    method: 'delete',
    path: '/v1/batches/{id}',
    operationId: 'deleteBatch',
    ...common,
    summary: 'Cancel a batch, or remove one that has ended',
    description:
      'What waits or is in work is canceled; results that are there stay until the batch expires ' +
      'or is deleted again.',
    request: { params },
    responses: {
      200: json('The batch is canceled.', batchSchema),
      204: nothing('The batch and its files are removed.'),
      ...problems('STORAGE_FULL', ...base),
    },
  },
  {
    method: 'get',
    path: '/v1/batches/{id}/items',
    operationId: 'listBatchItems',
    ...common,
    summary: "List a batch's items, some hundreds at a time",
    request: { params, query: itemsSchema },
    responses: { 200: json('Items.', batchItemsSchema), ...problems('BAD_PARAMETER', ...base) },
  },
  {
    method: 'post',
    path: '/v1/batches/{id}/items',
    operationId: 'addBatchItems',
    ...common,
    summary: 'Add photos to an open batch',
    description:
      'One photo as the body, or any number in a form. A photo that the batch has by this name ' +
      'already is not added again, so that a request can be repeated.',
    request: {
      params,
      query: z.object({
        name: z.string().optional().describe('Of a photo that is the body; may have folders.'),
      }),
      body: {
        ...PHOTOS,
        content: {
          ...PHOTOS.content,
          ...Object.fromEntries(
            [...TYPES, 'application/octet-stream'].map((type) => [
              type,
              { schema: { type: 'string', format: 'binary' } as const },
            ]),
          ),
        },
      },
    },
    responses: {
      201: json('The items that the photos are now.', batchItemsSchema),
      ...problems('BATCH_SEALED', ...UPLOAD_PROBLEMS, ...base),
    },
  },
  {
    method: 'post',
    path: '/v1/batches/{id}/seal',
    operationId: 'sealBatch',
    ...common,
    summary: 'Say that an open batch has all its items',
    request: { params },
    responses: {
      200: json('The batch.', batchSchema),
      ...problems('BAD_PARAMETER', 'STORAGE_FULL', ...base),
    },
  },
  {
    method: 'post',
    path: '/v1/batches/{id}/retry',
    operationId: 'retryBatch',
    ...common,
    summary: 'Try the failed items of a batch again',
    request: { params },
    responses: {
      200: json('The batch.', batchSchema),
      ...problems('BAD_PARAMETER', 'BATCH_SEALED', 'STORAGE_FULL', ...base),
    },
  },
  {
    method: 'get',
    path: '/v1/batches/{id}/events',
    operationId: 'watchBatch',
    ...common,
    summary: 'Follow a batch to its end',
    description:
      'Server-sent events: `batch` with the batch, at the start and when its counts have changed, ' +
      '`item` with an item that has ended, `end` with the batch, and then the stream ends.',
    request: {
      params,
      headers: z.object({
        'Last-Event-ID': z.string().optional().meta({
          description: 'Id of the last event that came; items that ended since then are told.',
        }),
      }),
    },
    responses: {
      200: text('The events.', 'text/event-stream'),
      ...problems('BAD_PARAMETER', ...base),
    },
  },
  {
    method: 'get',
    path: '/v1/batches/{id}/result',
    operationId: 'getBatchResult',
    ...common,
    summary: 'Get all results of a batch that has ended',
    responses: {
      ...download(
        'A ZIP archive with the results and `manifest.csv`, which tells of every item.',
        ['application/zip'],
        ARCHIVE_NAME,
      ),
      ...problems('BATCH_NOT_DONE', 'RANGE_NOT_SATISFIABLE', ...base),
    },
    request: { params },
  },
  {
    method: 'get',
    path: '/v1/batches/{id}/items/{number}/result',
    operationId: 'getBatchItemResult',
    ...common,
    summary: 'Get the result of one item',
    request: {
      params: z.object({ id, number: z.string().describe("The item's number.") }),
    },
    responses: {
      ...download('The photo at its full size, made over.', TYPES, RESULT_FACTS),
      ...problems('BATCH_ITEM_NOT_FOUND', 'RANGE_NOT_SATISFIABLE', ...base),
    },
  },
];
