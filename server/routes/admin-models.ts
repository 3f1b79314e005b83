import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { allowOnly } from '../errors.ts';
import type { PublishedModel } from '../models/published-model.ts';
import { ProblemError } from '../problem.ts';
import type { ServiceContext } from '../service-context.ts';
import { viewModel } from './models.ts';

const version = z.coerce
  .number('expected the number of a version')
  .int('expected a whole number')
  .min(1, 'expected a number from 1 on')
  .describe('A published version.');

/** Values of the verb `activate`. */
export const activateSchema = z.strictObject({
  version: z
    .union([z.literal('latest'), version], 'expected the number of a version, or latest')
    .describe('A published version, or `latest` to follow the newest sound one again.'),
});
/** Values of the verb `canary`. */
export const canarySchema = z.strictObject({
  version,
  percent: z.coerce
    .number('expected a number from 0 to 100')
    .min(0, 'expected a number from 0 to 100')
    .max(100, 'expected a number from 0 to 100')
    .describe('Share of the photos; 0 ends the canary.'),
});
const rollbackSchema = z.strictObject({});

/** POST /admin/models/{name}/activate|rollback|canary, and the list for operators. */
export function adminModelRoutes(context: ServiceContext): Router {
  const { operator } = context.models;
  const router = Router();
  const parseBody = express.json({ limit: '4kb' });
  router
    .route('/admin/models')
    .get((_request, response) => {
      const models = context.registry.models.map(({ name }) => viewModel(context, name));
      response.json({ models });
    })
    .all(allowOnly('GET'));
  const verb = <T>(
    name: string,
    schema: z.ZodType<T>,
    act: (model: PublishedModel, values: T) => Promise<void>,
  ): void => {
    router
      .route(`/admin/models/:name/${name}`)
      .post(parseBody, (request: Request<{ name: string }>, response: Response) =>
        answer(context, request, response, (model) => act(model, readValues(request, schema))),
      )
      .all(allowOnly('POST'));
  };
  verb('activate', activateSchema, (model, values) => operator.activate(model, values.version));
  verb('rollback', rollbackSchema, (model) => operator.rollback(model));
  verb('canary', canarySchema, (model, values) =>
    operator.startCanary(model, values.version, values.percent),
  );
  return router;
}

async function answer(
  context: ServiceContext,
  { params: { name } }: Request<{ name: string }>,
  response: Response,
  act: (model: PublishedModel) => Promise<void>,
): Promise<void> {
  await act(context.registry.requireModel(name));
  response.json(viewModel(context, name));
}

/** Values of the query and of a JSON body. Throws ProblemError BAD_PARAMETER. */
function readValues<T>(request: Request<{ name: string }>, schema: z.ZodType<T>): T {
  const body: unknown = request.body ?? {};
  const result = schema.safeParse({ ...request.query, ...(body as object) });
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new ProblemError('BAD_PARAMETER', problems.join('; '));
}
