import type { Request, Response } from 'express';
import type { BatchView } from '../../models/contract/api/batches.ts';
import type { Client } from '../access/client.ts';
import type { Batch } from '../batches/batch.ts';
import { type MakeoverParameters, parseParameters } from '../parameters.ts';
import { ProblemError } from '../problem.ts';
import type { ServiceContext } from '../service-context.ts';

/** Of whose request it is. */
export function clientIdOf(response: Response): string {
  return (response.locals.client as Client).id;
}

/**
 * The batch that a request is about. What a key has made is there for that key alone; what came
 * without a key, for whoever knows its id, since addresses change.
 *
 * @throws ProblemError BATCH_NOT_FOUND
 */
export function requireBatch(
  { batches }: ServiceContext,
  request: Request<{ id: string }>,
  response: Response,
): Batch {
  const batch = batches.store.find(request.params.id);
  const owner = batch?.head.clientId ?? '';
  if (batch !== undefined && (!owner.startsWith('key:') || owner === clientIdOf(response))) {
    return batch;
  }
  throw new ProblemError(
    'BATCH_NOT_FOUND',
    'there is no such batch for this client: it may have expired or been deleted, or was begun ' +
      'with another key',
  );
}

/** @throws ProblemError DRAINING when the service takes no new work */
export function requireRunning({ admission }: ServiceContext): void {
  if (!admission.isDraining) return;
  throw new ProblemError('DRAINING', 'the service is stopping: try again soon', {
    'Retry-After': '5',
  });
}

/**
 * Checks the parameters of a batch's makeovers.
 *
 * @returns them as they were given
 * @throws ProblemError BAD_PARAMETER, MODEL_NOT_FOUND or MODEL_NOT_READY
 */
export function checkParameters(
  { registry }: ServiceContext,
  ...sources: readonly Readonly<Record<string, unknown>>[]
): Record<string, string> {
  const { model, version }: MakeoverParameters = parseParameters(...sources);
  if (version === undefined) registry.requireServed(model);
  else registry.requireKnown(model);
  const given = sources.flatMap((source) => Object.entries(source));
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

/** Answers with a batch as it is now. */
export function sendBatch(
  { config }: ServiceContext,
  response: Response,
  batch: Batch,
  status: number,
): void {
  const view: BatchView = batch.view(config.resultTtlMs);
  response.status(status).set('Cache-Control', 'no-store').json(view);
}

/** Where a batch is found. */
export function batchPath({ id }: Batch): string {
  return `/v1/batches/${id}`;
}
