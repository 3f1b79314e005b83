import type { RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { headers, json, NOT_MODIFIED, problems, text } from '../answers.ts';
import { healthSchema } from '../schemas/health.ts';
import { infoSchema } from '../schemas/info.ts';

const ETAG = headers({ ETag: 'For If-None-Match.' });

/** What the service says about itself. */
export const serviceOperations: readonly RouteConfig[] = [
  {
    method: 'get',
    path: '/v1/info',
    operationId: 'describeService',
    tags: ['Service'],
    summary: 'Describe limits, formats, models, access and privacy',
    responses: { 200: json('What the service takes and gives.', infoSchema), ...problems() },
  },
  {
    method: 'get',
    path: '/healthz',
    operationId: 'checkHealth',
    tags: ['Service'],
    summary: 'Tell a load balancer whether to send photos here',
    responses: {
      ...problems(),
      200: json('It is ready.', healthSchema),
      503: json('It is starting, draining, or cannot serve.', healthSchema),
    },
  },
  {
    method: 'get',
    path: '/openapi.json',
    operationId: 'describeInterface',
    tags: ['Service'],
    summary: 'This document',
    responses: {
      200: json('An OpenAPI 3.1 document.', z.looseObject({ openapi: z.string() }), ETAG),
      304: NOT_MODIFIED,
      ...problems(),
    },
  },
  {
    method: 'get',
    path: '/docs',
    operationId: 'readInterface',
    tags: ['Service'],
    summary: 'This document as a page',
    responses: {
      200: text('A page that needs nothing of other sites.', 'text/html', ETAG),
      304: NOT_MODIFIED,
      ...problems(),
    },
  },
];
