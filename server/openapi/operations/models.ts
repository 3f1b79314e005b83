import type { RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { file, headers, json, NOT_MODIFIED, problems } from '../answers.ts';
import { modelDetailSchema, modelsSchema, versionDetailSchema } from '../schemas/models.ts';
import { API_KEY, KEY_PROBLEMS } from '../security.ts';

const name = z.string().describe("The model's name.");
const version = z.string().describe('A published version.');
const path = z.string().describe('As the list of files has it; or `manifest.json`.');

/** The models and their files. */
export const modelOperations: readonly RouteConfig[] = [
  {
    method: 'get',
    path: '/v1/models',
    operationId: 'listModels',
    tags: ['Models'],
    ...API_KEY,
    summary: 'List the models and the states of their versions',
    responses: { 200: json('The models.', modelsSchema), ...problems(...KEY_PROBLEMS) },
  },
  {
    method: 'get',
    path: '/v1/models/{name}',
    operationId: 'describeModel',
    tags: ['Models'],
    ...API_KEY,
    summary: 'Describe a model',
    request: { params: z.object({ name }) },
    responses: {
      200: json('The model.', modelDetailSchema),
      ...problems('MODEL_NOT_FOUND', ...KEY_PROBLEMS),
    },
  },
  {
    method: 'get',
    path: '/v1/models/{name}/versions/{version}',
    operationId: 'describeModelVersion',
    tags: ['Models'],
    ...API_KEY,
    summary: 'Describe a version and list its files',
    request: { params: z.object({ name, version }) },
    responses: {
      200: json('The version.', versionDetailSchema),
      ...problems('MODEL_NOT_FOUND', 'MODEL_NOT_READY', ...KEY_PROBLEMS),
    },
  },
  {
    method: 'get',
    path: '/v1/models/{name}/versions/{version}/files/{path}',
    operationId: 'getModelFile',
    tags: ['Models'],
    ...API_KEY,
    summary: 'Get a file of a version, for programs that run the model themselves',
    request: { params: z.object({ name, version, path }) },
    responses: {
      200: file(
        'The file, compressed where the client takes that.',
        ['application/octet-stream', 'application/json', 'text/plain'],
        headers({ ETag: 'For If-None-Match.', 'Content-Encoding': '`br` or `gzip`.' }),
      ),
      304: NOT_MODIFIED,
      ...problems('MODEL_NOT_FOUND', 'NOT_FOUND', 'MODEL_NOT_READY', ...KEY_PROBLEMS),
    },
  },
];
