import { type Request, type Response, Router } from 'express';
import type { BatchEvents } from '../../models/contract/api/batches.ts';
import { type Batch, viewItem } from '../batches/batch.ts';
import { allowOnly } from '../errors.ts';
import { ProblemError } from '../problem.ts';
import type { ServiceContext } from '../service-context.ts';
import { requireBatch } from './batch-request.ts';

const HEARTBEAT_MS = 15_000;
/** However fast items end. */
const MIN_INTERVAL_MS = 250;
/** A client that lets so much pile up is cut off; it may come back with Last-Event-ID. */
const MAX_WAITING_BYTES = 2 ** 20;

/** GET /v1/batches/{id}/events: what happens to a batch, as server-sent events. */
export function batchEventsRoute(context: ServiceContext): Router {
  const router = Router();
  router
    .route('/v1/batches/:id/events')
    .get((request, response) => {
      const batch = requireBatch(context, request, response);
      new EventStream(context, batch, response).begin(lastEventId(request) ?? batch.sequence);
    })
    .all(allowOnly('GET'));
  return router;
}

/** Number of the last record that the client has seen; undefined when it is new. */
function lastEventId(request: Request): number | undefined {
  const id = request.get('Last-Event-ID');
  if (id === undefined || id === '') return undefined;
  if (/^\d{1,9}$/.test(id)) return Number(id);
  throw new ProblemError(
    'BAD_PARAMETER',
    'Last-Event-ID is no id of an event of this stream: send the last id that came, or none',
  );
}

/**
 * The events of one batch to one client. An event's id is the number of the batch's last record:
 * who comes back with it gets every item that a later record has changed.
 */
class EventStream {
  readonly #context: ServiceContext;
  readonly #batch: Batch;
  readonly #response: Response;
  #sequence = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: ServiceContext, batch: Batch, response: Response) {
    this.#context = context;
    this.#batch = batch;
    this.#response = response;
  }

  /** @param sequence number of the last record that the client knows of */
  begin(sequence: number): void {
    const { store, stopping } = this.#context.batches;
    const response = this.#response;
    this.#sequence = sequence;
    response.status(200).set({
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      // Proxies such as nginx would keep events back.
      'X-Accel-Buffering': 'no',
    });
    const unsubscribe = store.subscribe((changed) => {
      if (changed === this.#batch) this.#sendSoon();
    });
    const heartbeat = setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS);
    const end = () => response.end();
    stopping.addEventListener('abort', end, { once: true });
    response.once('close', () => {
      unsubscribe();
      clearInterval(heartbeat);
      clearTimeout(this.#timer);
      stopping.removeEventListener('abort', end);
    });
    this.#send();
  }

  #sendSoon(): void {
    this.#timer ??= setTimeout(() => this.#send(), MIN_INTERVAL_MS);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const response = this.#response;
    if (response.writableEnded || response.destroyed) return;
    if (response.writableLength > MAX_WAITING_BYTES) {
      response.destroy();
      return;
    }
    const batch = this.#batch;
    const changed = batch.items
      .filter(({ sequence, state }) => sequence > this.#sequence && state !== 'running')
      .sort((a, b) => a.sequence - b.sequence);
    changed.forEach((item, i) => {
      // One record may change many items: only with the last of them is it known as a whole.
      const isLast = changed[i + 1]?.sequence !== item.sequence;
      this.#write('item', viewItem(item), isLast ? item.sequence : undefined);
    });
    this.#sequence = batch.sequence;
    const view = batch.view(this.#context.config.resultTtlMs);
    this.#write('batch', view, batch.sequence);
    if (batch.hasEnded) this.#write('end', view, batch.sequence);
    if (batch.hasEnded || this.#isRemoved) response.end();
  }

  get #isRemoved(): boolean {
    return this.#context.batches.store.find(this.#batch.id) === undefined;
  }

  #write<N extends keyof BatchEvents>(name: N, data: BatchEvents[N], id: number | undefined): void {
    const idLine = id === undefined ? '' : `id: ${id}\n`;
    this.#response.write(`${idLine}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}
