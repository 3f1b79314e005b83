import type { RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { activateSchema, canarySchema } from '../../routes/admin-models.ts';
import { json, problems } from '../answers.ts';
import { modelDetailSchema } from '../schemas/models.ts';
import { ADMIN_KEY, ADMIN_PROBLEMS } from '../security.ts';
import { OPERATOR_SERVERS } from './operator.ts';

const params = z.object({ name: z.string().describe("The model's name.") });

const common = { tags: ['Operator'], ...ADMIN_KEY, servers: OPERATOR_SERVERS };

const responses = {
  200: json('The model as it is now.', modelDetailSchema),
  ...problems('BAD_PARAMETER', 'MODEL_NOT_FOUND', 'MODEL_NOT_READY', ...ADMIN_PROBLEMS),
};

/** Which version of a model serves. Values may stand in the query or in a JSON body. */
export const adminModelOperations: readonly RouteConfig[] = [
  {
    method: 'get',
    path: '/admin/models',
    operationId: 'listAllModels',
    ...common,
    summary: 'List all models with their channels',
    responses: {
      200: json('The models.', z.object({ models: z.array(modelDetailSchema) })),
      ...problems(...ADMIN_PROBLEMS),
    },
  },
  {
    method: 'post',
    path: '/admin/models/{name}/activate',
    operationId: 'activateVersion',
    ...common,
    summary: 'Let a version serve, and keep it so',
    request: { params, query: activateSchema },
    responses,
  },
  {
    method: 'post',
    path: '/admin/models/{name}/rollback',
    operationId: 'rollBack',
    ...common,
    summary: 'End the canary, or go back to the version that served before',
    request: { params },
    responses,
  },
  {
    method: 'post',
    path: '/admin/models/{name}/canary',
    operationId: 'startCanary',
    ...common,
    summary: 'Give a version a share of the photos',
    request: { params, query: canarySchema },
    responses,
  },
];
