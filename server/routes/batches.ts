import { type Request, type Response, Router } from 'express';
import type { BatchItemsView } from '../../models/contract/api/batches.ts';
import { type Batch, viewItem } from '../batches/batch.ts';
import type { NewBatch, PhotoSink } from '../batches/batch-store.ts';
import { IdempotentRequests, readIdempotency } from '../batches/idempotent-requests.ts';
import { receivePhoto } from '../batches/photo-receiver.ts';
import { findReceiver } from '../batches/receivers.ts';
import type { ReceivedFields } from '../batches/reception.ts';
import { allowOnly, discardRest } from '../errors.ts';
import { refuseParameters } from '../parameters.ts';
import { ProblemError } from '../problem.ts';
import type { ServiceContext } from '../service-context.ts';
import { withinTime } from '../upload.ts';
import { listItems } from './batch-items.ts';
import {
  batchPath,
  checkParameters,
  clientIdOf,
  requireBatch,
  requireRunning,
  sendBatch,
} from './batch-request.ts';

type BatchRequest = Request<{ id: string }>;

/** POST /v1/batches and what changes a batch. */
export function batchRoutes(context: ServiceContext): Router {
  const { store } = context.batches;
  const idempotent = new IdempotentRequests(store);
  const router = Router();
  router
    .route('/v1/batches')
    .post((request, response) => create(context, idempotent, request, response))
    .all(allowOnly('POST'));
  router
    .route('/v1/batches/:id')
    .get((request, response) => {
      sendBatch(context, response, requireBatch(context, request, response), 200);
    })
    .delete((request: BatchRequest, response) =>
      cancelOrRemove(context, requireBatch(context, request, response), response),
    )
    .all(allowOnly('GET', 'DELETE'));
  router
    .route('/v1/batches/:id/items')
    .get((request, response) => {
      response
        .set('Cache-Control', 'no-store')
        .json(listItems(requireBatch(context, request, response), request.query));
    })
    .post((request: BatchRequest, response) => addItems(context, request, response))
    .all(allowOnly('GET', 'POST'));
  const verb = (name: string, act: (batch: Batch) => Promise<void>): void => {
    router
      .route(`/v1/batches/:id/${name}`)
      .post((request: BatchRequest, response) => {
        refuseParameters(request.query);
        return change(context, requireBatch(context, request, response), response, act);
      })
      .all(allowOnly('POST'));
  };
  verb('seal', (batch) => store.seal(batch));
  verb('retry', (batch) => {
    if (batch.state === 'canceled') throw wasCanceled();
    return store.retry(batch);
  });
  return router;
}

async function change(
  context: ServiceContext,
  batch: Batch,
  response: Response,
  act: (batch: Batch) => Promise<void>,
): Promise<void> {
  await act(batch);
  sendBatch(context, response, batch, 200);
}

/** What has not ended is canceled and keeps its results; what has ended is removed. */
async function cancelOrRemove(
  context: ServiceContext,
  batch: Batch,
  response: Response,
): Promise<void> {
  const { store } = context.batches;
  if (!batch.hasEnded) return change(context, batch, response, (ended) => store.cancel(ended));
  await store.remove(batch);
  response.status(204).end();
}

async function create(
  context: ServiceContext,
  idempotent: IdempotentRequests,
  request: Request,
  response: Response,
): Promise<void> {
  requireRunning(context);
  const clientId = clientIdOf(response);
  const length = request.get('Content-Length');
  const idempotency = readIdempotency(request.get('Idempotency-Key'), [request.query, length]);
  const head = { clientId, ...(idempotency && { idempotency }) };
  const { batch, isRepeated } = await idempotent.once(clientId, idempotency, () =>
    hasBody(request)
      ? receiveBatch(context, request, response, head)
      : open(context, request, head),
  );
  response.set('Location', batchPath(batch));
  sendBatch(context, response, batch, isRepeated ? 200 : 201);
  discardRest(request);
}

type Origin = Omit<NewBatch, 'parameters'>;

function open(context: ServiceContext, request: Request, origin: Origin): Promise<Batch> {
  const parameters = checkParameters(context, request.query);
  return context.batches.store.open({ ...origin, parameters });
}

async function receiveBatch(
  context: ServiceContext,
  request: Request,
  response: Response,
  origin: Origin,
): Promise<Batch> {
  // What is wrong before the upload need not wait for it; a form may still bring the model.
  if (request.query['model'] !== undefined) checkParameters(context, request.query);
  const draft = await context.batches.store.draft();
  try {
    const fields = await receive(context, request, response, draft);
    const parameters = checkParameters(context, request.query, fields);
    if (draft.length === 0) throw noPhoto();
    return await draft.commit({ ...origin, parameters });
  } catch (error) {
    await draft.discard();
    throw error;
  }
}

async function addItems(
  context: ServiceContext,
  request: BatchRequest,
  response: Response,
): Promise<void> {
  requireRunning(context);
  const batch = requireBatch(context, request, response);
  const added: BatchItemsView['items'][number][] = [];
  const sink: PhotoSink = {
    add: async (name, content) => {
      added.push(viewItem(await context.batches.store.addItem(batch, name, content)));
    },
  };
  if (findReceiver(request) === undefined) {
    await withinTime(
      request,
      context.config.uploadTimeoutMs,
      receivePhoto(request, response, sink, context.config),
    );
  } else refuseParameters(await receive(context, request, response, sink));
  if (added.length === 0) throw noPhoto();
  const view: BatchItemsView = { items: added };
  response.status(201).set('Cache-Control', 'no-store').json(view);
}

async function receive(
  { config }: ServiceContext,
  request: Request,
  response: Response,
  sink: PhotoSink,
): Promise<ReceivedFields> {
  const receiver = findReceiver(request);
  if (receiver === undefined) throw unknownBody(request);
  if (request.headers.expect !== undefined) response.writeContinue();
  const received = receiver.receive(request, response, sink, config);
  return withinTime(request, config.uploadTimeoutMs, received);
}

function hasBody(request: Request): boolean {
  const length = request.get('Content-Length');
  return request.get('Transfer-Encoding') !== undefined || (length !== undefined && length !== '0');
}

function noPhoto(): ProblemError {
  return new ProblemError(
    'NO_IMAGE',
    'no photo was sent: send photos in fields "image" of a form, as curl -F image=@photo.jpg does',
  );
}

function unknownBody(request: Request): ProblemError {
  return new ProblemError(
    'TYPE_NOT_ALLOWED',
    `a body of the type ${request.get('Content-Type') ?? '(none)'} is no batch: send a form with ` +
      'photos in fields "image", a ZIP as application/zip, or no body and then photos one by one ' +
      'to its items',
  );
}

function wasCanceled(): ProblemError {
  return new ProblemError(
    'BATCH_SEALED',
    'the batch was canceled and has no photos any more: send them in a new one',
  );
}
