import type { RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { inferRequestSchema } from '../../inference/request.ts';
import { BINARY, content, headers, json, problems, withHeaders } from '../answers.ts';
import {
  inferenceModelSchema,
  inferenceResponseSchema,
  inferenceServerSchema,
} from '../schemas/inference.ts';
import { API_KEY, KEY_PROBLEMS } from '../security.ts';
import { BUDGET_HEADERS, JOB_PROBLEMS, TIMEOUT_HEADER } from './photos.ts';

const name = z.string().describe("The generator's name.");
const version = z.string().describe('A version that serves.');
const MODEL_PROBLEMS = ['MODEL_NOT_FOUND', 'MODEL_NOT_READY', ...KEY_PROBLEMS] as const;

const requestHeaders = TIMEOUT_HEADER.extend({
  'Inference-Header-Content-Length': z
    .string()
    .optional()
    .describe('Length of the JSON in bytes, where binary tensors follow it.'),
});

/** The routes of a model, with the active version or with one that the path names. */
function modelOperations(base: string, params: z.ZodObject, suffix: string): RouteConfig[] {
  const common = { tags: ['Inference'], ...API_KEY };
  return [
    {
      ...common,
      method: 'get',
      path: base,
      operationId: `describeGenerator${suffix}`,
      summary: 'Describe the tensors of a generator',
      request: { params },
      responses: {
        200: json('The generator.', inferenceModelSchema),
        ...problems(...MODEL_PROBLEMS),
      },
    },
    {
      ...common,
      method: 'get',
      path: `${base}/ready`,
      operationId: `checkGenerator${suffix}`,
      summary: 'Tell whether a generator can be asked',
      request: { params },
      responses: {
        200: json('It can.', z.object({ name: z.string(), ready: z.boolean() })),
        ...problems(...MODEL_PROBLEMS),
      },
    },
    {
      ...common,
      method: 'post',
      path: `${base}/infer`,
      operationId: `infer${suffix}`,
      summary: 'Run aligned crops through a generator',
      request: {
        params,
        headers: requestHeaders,
        body: {
          required: true,
          content: {
            'application/json': { schema: inferRequestSchema },
            'application/octet-stream': { schema: BINARY },
          },
        },
      },
      responses: withHeaders(BUDGET_HEADERS, {
        200: content(
          'Tensors as JSON, or JSON and the bytes of the tensors after it.',
          {
            'application/json': { schema: inferenceResponseSchema },
            'application/octet-stream': { schema: BINARY },
          },
          headers({
            'Inference-Header-Content-Length': 'Length of the JSON, where tensors follow it.',
            'X-Model-Version': 'The generator that answered, as `name/version`.',
            'Server-Timing': 'Milliseconds by stage.',
          }),
        ),
        ...problems('MODEL_NOT_FOUND', ...JOB_PROBLEMS),
      }),
    },
  ];
}

/** The Open Inference Protocol, v2. */
export const inferenceOperations: readonly RouteConfig[] = [
  {
    method: 'get',
    path: '/v2',
    operationId: 'describeInferenceServer',
    tags: ['Inference'],
    ...API_KEY,
    summary: 'Describe the server',
    responses: { 200: json('The server.', inferenceServerSchema), ...problems(...KEY_PROBLEMS) },
  },
  {
    method: 'get',
    path: '/v2/health/live',
    operationId: 'checkInferenceLiveness',
    tags: ['Inference'],
    summary: 'Tell whether the server answers at all',
    responses: { 200: json('It does.', z.object({ live: z.boolean() })), ...problems() },
  },
  {
    method: 'get',
    path: '/v2/health/ready',
    operationId: 'checkInferenceReadiness',
    tags: ['Inference'],
    summary: 'Tell whether inferences can be asked for',
    responses: {
      ...problems(),
      200: json('They can.', z.object({ ready: z.boolean() })),
      503: json('They cannot.', z.object({ ready: z.boolean() })),
    },
  },
  ...modelOperations('/v2/models/{name}', z.object({ name }), ''),
  ...modelOperations(
    '/v2/models/{name}/versions/{version}',
    z.object({ name, version }),
    'Version',
  ),
];
