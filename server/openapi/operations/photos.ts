import type { RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { makeoverSchema } from '../../parameters.ts';
import { IMAGE_FORMATS, mediaTypeOf } from '../../photo/formats.ts';
import { BINARY, file, headers, json, NOT_MODIFIED, problems, withHeaders } from '../answers.ts';
import { batchSchema } from '../schemas/batches.ts';
import { facesSchema } from '../schemas/faces.ts';
import { API_KEY, KEY_PROBLEMS } from '../security.ts';

const TIMING = { 'Server-Timing': 'Milliseconds by stage: upload, queue, decode, detect, …' };

/** Of services where clients have a budget. */
export const BUDGET_HEADERS = headers({
  RateLimit: "What is left of the client's budget of pixels, and when it is full again.",
  'RateLimit-Policy': "The client's budget of pixels a minute.",
});

const MAKEOVER_HEADERS = {
  ...BUDGET_HEADERS,
  ...headers({
    'X-Model-Version': 'The generator that had the photo, as `name/version`, once it was chosen.',
  }),
};

/** What may come before a request whose client sets the time for it. */
export const TIMEOUT_HEADER = z.object({
  'X-Timeout-Ms': z
    .string()
    .optional()
    .meta({ type: 'integer', minimum: 1 })
    .describe('Time for the answer from the arrival on; DM_TIMEOUT_MS at most.'),
});

const CONDITION = TIMEOUT_HEADER.extend({
  'If-None-Match': z
    .string()
    .optional()
    .describe('The `ETag` of a result that the client has: the same one is not made again.'),
});

/** Codes of every route whose work is done by photo workers. */
export const JOB_PROBLEMS = [
  ...KEY_PROBLEMS,
  'RATE_LIMITED',
  'BAD_PARAMETER',
  'NO_IMAGE',
  'UPLOAD_TOO_SLOW',
  'FILE_TOO_LARGE',
  'PHOTO_QUARANTINED',
  'QUEUE_FULL',
  'DRAINING',
  'MODEL_NOT_READY',
  'WORKER_FAILED',
  'DEADLINE_EXCEEDED',
] as const;

/** Codes of every route that takes a photo. */
const PHOTO_PROBLEMS = [
  ...JOB_PROBLEMS,
  'BAD_MULTIPART',
  'PIXELS_TOO_MANY',
  'TYPE_NOT_ALLOWED',
  'IMAGE_CORRUPT',
] as const;

/** A photo as the whole body, or in a form beside the route's parameters. */
function photoBody(fields: z.ZodObject) {
  const types = [...IMAGE_FORMATS.map(mediaTypeOf), 'application/octet-stream'];
  const image = z.string().meta({ ...BINARY, description: 'The photo.' });
  return {
    required: true,
    description:
      'The photo as the whole body, or in the field `image` of a form, whose other fields may ' +
      'hold the parameters. What it is shows in its first bytes: the type said here counts for nothing.',
    content: {
      ...Object.fromEntries(types.map((type) => [type, { schema: BINARY }])),
      'multipart/form-data': { schema: fields.partial().extend({ image }) },
    },
  };
}

/** What is done to photos. */
export const photoOperations: readonly RouteConfig[] = [
  {
    method: 'post',
    path: '/v1/makeover',
    operationId: 'makeOver',
    tags: ['Photos'],
    ...API_KEY,
    summary: 'Make the faces of a photo over',
    request: {
      query: makeoverSchema,
      headers: CONDITION,
      body: photoBody(makeoverSchema),
    },
    responses: withHeaders(MAKEOVER_HEADERS, {
      200: file('The photo at its full size, made over.', IMAGE_FORMATS.map(mediaTypeOf), {
        ...headers({
          'X-Faces': 'Number of faces made over.',
          ...TIMING,
          'Content-Disposition': 'A name for the file.',
          ETag: 'For If-None-Match.',
          'X-Cache': '`hit` when the same client had asked for the same before, else `miss`.',
        }),
      }),
      202: json(
        'The batch of one that the photo is now.',
        batchSchema,
        headers({ Location: 'Where the batch is.', 'Preference-Applied': '`respond-async`.' }),
      ),
      304: NOT_MODIFIED,
      ...problems(
        'STORAGE_FULL',
        'MODEL_NOT_FOUND',
        'FORMAT_NOT_OFFERED',
        'NO_FACE_FOUND',
        'FACE_NOT_FOUND',
        ...PHOTO_PROBLEMS,
      ),
    }),
  },
  {
    method: 'post',
    path: '/v1/faces',
    operationId: 'findFaces',
    tags: ['Photos'],
    ...API_KEY,
    summary: 'Find the faces of a photo',
    description: 'The same photo gives the same ids, which POST /v1/makeover takes as `faces=1,3`.',
    request: { headers: TIMEOUT_HEADER, body: photoBody(z.object({})) },
    responses: withHeaders(BUDGET_HEADERS, {
      200: json('The faces; an empty list when none was found.', facesSchema, headers(TIMING)),
      ...problems(...PHOTO_PROBLEMS),
    }),
  },
];
