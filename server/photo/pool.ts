import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { ProblemError } from '../problem.ts';
import { DecodeBudget } from './decode-budget.ts';
import { IMAGE_FORMATS, type PhotoFormat } from './formats.ts';
import type { LoadReport, LoadRequest, PhotoJob, PhotoReply } from './job.ts';
import { Lanes } from './lanes.ts';
import { type PoolHealth, probeWorkers } from './pool-health.ts';
import { Quarantine } from './quarantine.ts';
import { WorkerSupervisor } from './supervisor.ts';
import { type PoolResult, type RunOptions, Ticket } from './ticket.ts';
import { WorkerExitError, type WorkerProcess } from './worker-process.ts';

export interface PoolOptions {
  /** Number of worker processes. */
  readonly size: number;
  /** A worker that holds more resident memory after a photo is replaced by a new one. */
  readonly maxRssBytes: number;
  /** Time for a worker to load its models. */
  readonly loadTimeoutMs: number;
  /** A worker with a photo that gives no sign of life for so long is replaced. */
  readonly hangTimeoutMs: number;
  /** Longest time that a photo may be in a worker. */
  readonly photoTimeoutMs: number;
  /** What the photos in work may take decoded, in all workers together. */
  readonly decodeBudgetBytes: number;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'expired' | 'workerRestarts'>;
}

const MAX_ATTEMPTS = 2;

/** Photo workers and the photos that wait for them. */
export class PhotoPool {
  readonly #options: PoolOptions;
  readonly #workers: WorkerSupervisor;
  readonly #waiting = new Lanes<Ticket>();
  readonly #budget: DecodeBudget;
  readonly #quarantine = new Quarantine();

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#budget = new DecodeBudget(options.decodeBudgetBytes);
    this.#workers = new WorkerSupervisor({
      ...options,
      onIdle: () => this.#dispatch(),
      onRestart: (reason) => options.metrics.workerRestarts.inc({ reason }),
    });
  }

  /** Process ids of the running workers. */
  get pids(): number[] {
    return this.#workers.pids;
  }

  /** Whether a worker is there that could take a photo, now or after the one it has. */
  get isReady(): boolean {
    return this.#workers.readyCount > 0;
  }

  /** What photos may come as: what every build decodes, until a worker says what else. */
  get inputFormats(): readonly PhotoFormat[] {
    return (
      this.#workers.workers.find((worker) => worker.inputFormats)?.inputFormats ?? IMAGE_FORMATS
    );
  }

  /** The processes themselves, for who changes what they have loaded. */
  get workers(): WorkerSupervisor {
    return this.#workers;
  }

  /** Starts all workers; see `WorkerSupervisor.start`. */
  start(load: LoadRequest): Promise<LoadReport> {
    return this.#workers.start(load);
  }

  /**
   * Has a worker do a job.
   *
   * @throws ProblemError for what is wrong with the photo, DEADLINE_EXCEEDED, WORKER_FAILED or
   *   PHOTO_QUARANTINED
   */
  async run<J extends PhotoJob>(job: J, options: RunOptions): Promise<PoolResult<J>> {
    this.#quarantine.refuse(options.contentHash);
    const ticket = new Ticket(job, options);
    if (!ticket.isSettled) this.#waiting.push(ticket);
    this.#dispatch();
    try {
      // A worker answers a job by a result of its kind.
      return (await ticket.result) as PoolResult<J>;
    } catch (error) {
      this.#waiting.remove(ticket);
      if (ticket.droppedIn) this.#options.metrics.expired.inc({ where: ticket.droppedIn });
      // The one behind it may fit where this one did not.
      this.#dispatch();
      throw error;
    }
  }

  /**
   * Asks every worker for proof that it works, without waiting in the queue: what it last did, or
   * a tiny inference.
   */
  probe(): Promise<PoolHealth> {
    return probeWorkers(this.#workers);
  }

  /** Ends all workers; photos still in work fail. */
  async stop(): Promise<void> {
    const stopped = this.#workers.stop();
    for (const ticket of this.#waiting.clear()) ticket.fail(new Error('the pool has stopped'));
    await stopped;
  }

  #dispatch(): void {
    while (this.#workers.hasIdle) {
      const ticket = this.#waiting.next;
      // Who does not fit yet is not overtaken: it would wait for ever.
      if (ticket === undefined || !this.#budget.fits(ticket.decodedBytes)) return;
      this.#waiting.remove(ticket);
      const worker = this.#workers.take();
      if (worker) void this.#work(worker, ticket);
    }
  }

  async #work(worker: WorkerProcess, ticket: Ticket): Promise<void> {
    const { hangTimeoutMs: silenceMs, photoTimeoutMs: limitMs } = this.#options;
    this.#budget.take(ticket.decodedBytes);
    ticket.enterWorker(() => worker.cancel());
    try {
      const reply = await worker.work(ticket.job, ticket.lane, { silenceMs, limitMs });
      ticket.leaveWorker();
      if (reply.type !== 'canceled') this.#quarantine.forgive(ticket.contentHash);
      answer(ticket, reply);
      this.#free(worker, reply.rssBytes);
    } catch (error) {
      ticket.leaveWorker();
      worker.kill('crashed');
      if (error instanceof WorkerExitError) this.#retry(ticket, error);
      else ticket.fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#budget.giveBack(ticket.decodedBytes);
      this.#dispatch();
    }
  }

  #free(worker: WorkerProcess, rssBytes: number): void {
    if (rssBytes > this.#options.maxRssBytes) worker.kill('grown', `it held ${rssBytes} bytes`);
    else this.#workers.putBack(worker);
  }

  #retry(ticket: Ticket, { message }: WorkerExitError): void {
    if (this.#workers.isStopping) {
      ticket.fail(new Error('the pool has stopped'));
      return;
    }
    this.#options.logger.warn({ error: message }, 'a photo worker ended with a photo');
    this.#quarantine.strike(ticket.contentHash);
    if (ticket.isSettled) return;
    if (ticket.attempts < MAX_ATTEMPTS) this.#waiting.pushFront(ticket);
    else {
      ticket.fail(
        new ProblemError(
          'WORKER_FAILED',
          `working on this photo ended ${ticket.attempts} processes: save it anew in a picture ` +
            'editor and send that, or report the photo',
        ),
      );
    }
  }
}

function answer(ticket: Ticket, reply: PhotoReply): void {
  if (reply.type === 'done') ticket.complete(reply.result);
  else if (reply.type === 'canceled') ticket.fail(new Error('the photo was canceled'));
  else if (reply.code === 'INTERNAL') ticket.fail(new Error(reply.detail));
  else ticket.fail(new ProblemError(reply.code, reply.detail));
}
