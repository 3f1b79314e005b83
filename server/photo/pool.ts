import type { Logger } from '../logger.ts';
import { ProblemError } from '../problem.ts';
import type { LoadReport, LoadRequest, PhotoJob } from './job.ts';
import { type Limits, type PoolResult, Ticket } from './ticket.ts';
import { type PhotoReply, WorkerExitError, WorkerProcess } from './worker-process.ts';

export interface PoolOptions {
  /** Number of worker processes. */
  readonly size: number;
  /** A worker that holds more resident memory after a photo is replaced by a new one. */
  readonly maxRssBytes: number;
  readonly logger: Logger;
}

/** A photo that ends two workers is given up: it would end them all, one after the other. */
const MAX_ATTEMPTS = 2;
const RESTART_DELAY_MS = { first: 50, max: 5000 } as const;

/** Photo workers and the photos that wait for them, first come, first served. */
export class PhotoPool {
  readonly #options: PoolOptions;
  readonly #workers = new Set<WorkerProcess>();
  /** Those that have loaded their models. */
  readonly #ready = new Set<WorkerProcess>();
  readonly #idle: WorkerProcess[] = [];
  readonly #waiting: Ticket[] = [];
  #load: LoadRequest | undefined;
  #failedStarts = 0;
  #isStopping = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Process ids of the running workers. */
  get pids(): number[] {
    return [...this.#workers].flatMap(({ pid }) => pid ?? []);
  }

  /** Whether a worker is there that could take a photo, now or after the one it has. */
  get isReady(): boolean {
    return this.#ready.size > 0;
  }

  /**
   * Starts all workers.
   *
   * @returns the provider, and of each model whether every worker could load it
   * @throws Error when a worker cannot start or does not get the same provider as the others
   */
  async start(load: LoadRequest): Promise<LoadReport> {
    const workers = Array.from({ length: this.#options.size }, () => this.#spawn());
    const report = mergeReports(await Promise.all(workers.map((worker) => worker.load(load))));
    // A worker that replaces another must not differ from it.
    this.#load = {
      provider: { wanted: report.provider, isStrict: true },
      folders: report.models.filter(({ reason }) => !reason).map(({ folder }) => folder),
    };
    for (const worker of workers) this.#welcome(worker);
    return report;
  }

  /**
   * Makes a photo over in a worker.
   *
   * @throws ProblemError for what is wrong with the photo, DEADLINE_EXCEEDED, WORKER_FAILED
   */
  run(job: PhotoJob, limits: Limits): Promise<PoolResult> {
    const ticket = new Ticket(job, limits);
    this.#waiting.push(ticket);
    this.#dispatch();
    ticket.result.catch(() => this.#forget(ticket));
    return ticket.result;
  }

  /** Ends all workers; photos still in work fail. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const ticket of this.#waiting.splice(0)) ticket.fail(new Error('the pool has stopped'));
    const workers = [...this.#workers];
    for (const worker of workers) worker.kill();
    await Promise.all(workers.map(({ exited }) => exited));
  }

  #spawn(): WorkerProcess {
    const worker = new WorkerProcess();
    this.#workers.add(worker);
    return worker;
  }

  #welcome(worker: WorkerProcess): void {
    this.#ready.add(worker);
    this.#idle.push(worker);
    void worker.exited.then(() => this.#replace(worker));
    this.#dispatch();
  }

  /** Starts a new worker in place of one that has ended. */
  #replace(ended: WorkerProcess): void {
    this.#workers.delete(ended);
    this.#ready.delete(ended);
    const index = this.#idle.indexOf(ended);
    if (index >= 0) this.#idle.splice(index, 1);
    if (!this.#isStopping && this.#load !== undefined) void this.#restart(this.#load);
  }

  async #restart(load: LoadRequest): Promise<void> {
    const worker = this.#spawn();
    try {
      const { models } = await worker.load(load);
      const failed = models.find(({ reason }) => reason !== undefined);
      if (failed) throw new Error(`${failed.folder}: ${failed.reason}`);
      this.#failedStarts = 0;
      this.#welcome(worker);
    } catch (error) {
      worker.kill();
      if (this.#isStopping) return;
      const { first, max } = RESTART_DELAY_MS;
      const delayMs = Math.min(first * 2 ** this.#failedStarts, max);
      this.#failedStarts++;
      this.#options.logger.error({ error: String(error), delayMs }, 'a photo worker cannot start');
      // A pool that has been stopped meanwhile keeps no process alive for this.
      setTimeout(() => this.#replace(worker), delayMs).unref();
    }
  }

  #dispatch(): void {
    while (this.#idle.length > 0) {
      const ticket = this.#waiting.shift();
      if (ticket === undefined) return;
      if (ticket.isSettled) continue;
      const worker = this.#idle.shift();
      if (worker) void this.#work(worker, ticket);
    }
  }

  async #work(worker: WorkerProcess, ticket: Ticket): Promise<void> {
    ticket.enterWorker(() => worker.kill());
    try {
      const reply = await worker.makeOver(ticket.job);
      this.#answer(ticket, reply);
      this.#free(worker, reply.rssBytes);
    } catch (error) {
      if (!this.#isStopping) {
        this.#options.logger.warn(
          { pid: worker.pid, error: String(error) },
          'a photo worker ended',
        );
      }
      worker.kill();
      if (error instanceof WorkerExitError) this.#retry(ticket);
      else ticket.fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      ticket.leaveWorker();
      this.#dispatch();
    }
  }

  #answer(ticket: Ticket, reply: PhotoReply): void {
    if (reply.type === 'done') ticket.complete(reply.result);
    else if (reply.code === 'INTERNAL') ticket.fail(new Error(reply.detail));
    else ticket.fail(new ProblemError(reply.code, reply.detail));
  }

  #free(worker: WorkerProcess, rssBytes: number): void {
    if (rssBytes <= this.#options.maxRssBytes) {
      this.#idle.push(worker);
      return;
    }
    this.#options.logger.info({ pid: worker.pid, rssBytes }, 'a photo worker has grown: replaced');
    worker.kill();
  }

  #forget(ticket: Ticket): void {
    const index = this.#waiting.indexOf(ticket);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  #retry(ticket: Ticket): void {
    if (ticket.isSettled) return;
    if (this.#isStopping) {
      ticket.fail(new Error('the pool has stopped'));
      return;
    }
    if (ticket.attempts < MAX_ATTEMPTS) {
      this.#waiting.unshift(ticket);
      return;
    }
    ticket.fail(
      new ProblemError(
        'WORKER_FAILED',
        `working on this photo ended ${ticket.attempts} processes: save it anew in a picture ` +
          'editor and send that, or report the photo',
      ),
    );
  }
}

function mergeReports([first, ...others]: readonly LoadReport[]): LoadReport {
  if (first === undefined) throw new RangeError('a pool needs at least one worker');
  const models = new Map(first.models.map((model) => [model.folder, model]));
  for (const { provider, models: reports } of others) {
    if (provider !== first.provider) {
      throw new Error(
        `one photo worker runs on ${first.provider}, another on ${provider}: set DM_EP to one of ` +
          'them, or lower DM_WORKERS when the device has too little memory',
      );
    }
    for (const report of reports)
      if (report.reason !== undefined) models.set(report.folder, report);
  }
  return { provider: first.provider, models: [...models.values()] };
}
