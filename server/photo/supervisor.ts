import type { Logger } from '../logger.ts';
import type { LoadReport, LoadRequest } from './job.ts';
import { mergeReports } from './load-report.ts';
import { type EndReason, WorkerExitError, WorkerProcess } from './worker-process.ts';

export interface SupervisorOptions {
  /** Number of worker processes. */
  readonly size: number;
  /** Time for a worker to load its models. */
  readonly loadTimeoutMs: number;
  readonly logger: Logger;
  /** A worker is idle. */
  readonly onIdle: () => void;
  /** A worker has ended and is being replaced. */
  readonly onRestart: (reason: EndReason) => void;
}

type Visit = (worker: WorkerProcess | undefined) => void;

const RESTART_DELAY_MS = { first: 50, max: 5000 } as const;

/** Keeps photo workers in number: one that ends is replaced by another with the same models. */
export class WorkerSupervisor {
  readonly #options: SupervisorOptions;
  /** All, and who wants each to itself as soon as it is idle. */
  readonly #workers = new Map<WorkerProcess, Visit[]>();
  /** Those that have loaded their models. */
  readonly #ready = new Set<WorkerProcess>();
  readonly #idle: WorkerProcess[] = [];
  #load: LoadRequest | undefined;
  #failedStarts = 0;
  #isStopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Process ids of the running workers. */
  get pids(): number[] {
    return [...this.#workers.keys()].flatMap(({ pid }) => pid ?? []);
  }

  get workers(): WorkerProcess[] {
    return [...this.#workers.keys()];
  }

  isIdle(worker: WorkerProcess): boolean {
    return this.#idle.includes(worker);
  }

  isReady(worker: WorkerProcess): boolean {
    return this.#ready.has(worker);
  }

  get readyCount(): number {
    return this.#ready.size;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** What workers that start from now on load; a change does not reach those that run. */
  get load(): LoadRequest | undefined {
    return this.#load;
  }

  set load(load: LoadRequest) {
    this.#load = load;
  }

  /**
   * Starts all workers.
   *
   * @returns the provider, and of each model whether every worker could load it
   * @throws Error when a worker cannot start or does not get the same provider as the others
   */
  async start(load: LoadRequest): Promise<LoadReport> {
    const { size, loadTimeoutMs } = this.#options;
    const workers = Array.from({ length: size }, () => this.#spawn());
    const loading = workers.map((worker) => worker.load(load, loadTimeoutMs));
    const report = mergeReports(await Promise.all(loading));
    // A worker that replaces another must not differ from it.
    this.#load = {
      ...load,
      provider: { wanted: report.provider, isStrict: true },
      folders: report.models.filter(({ reason }) => !reason).map(({ folder }) => folder),
    };
    for (const worker of workers) this.#welcome(worker);
    return report;
  }

  /** An idle worker, which is the caller's until `putBack` or its end. */
  take(): WorkerProcess | undefined {
    return this.#idle.shift();
  }

  get hasIdle(): boolean {
    return this.#idle.length > 0;
  }

  /** The worker has done what it was taken for, and lives. */
  putBack(worker: WorkerProcess): void {
    const visits = this.#workers.get(worker);
    if (visits === undefined || worker.hasEnded) return;
    const visit = visits.shift();
    if (visit !== undefined) {
      visit(worker);
      return;
    }
    this.#idle.push(worker);
    this.#options.onIdle();
  }

  /**
   * Has a worker to itself for a while: as soon as it has done what it is at, and before it gets
   * another photo. Others go on.
   *
   * @returns what `act` gives; undefined when the worker ends before its turn
   */
  async visit<T>(
    worker: WorkerProcess,
    act: (worker: WorkerProcess) => Promise<T>,
  ): Promise<T | undefined> {
    if ((await this.#reserve(worker)) === undefined) return undefined;
    try {
      return await act(worker);
    } finally {
      this.putBack(worker);
    }
  }

  /** Ends all workers. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const workers = this.workers;
    for (const worker of workers) worker.kill('stopped');
    await Promise.all(workers.map(({ exited }) => exited));
  }

  #reserve(worker: WorkerProcess): Promise<WorkerProcess | undefined> {
    const index = this.#idle.indexOf(worker);
    if (index >= 0) {
      this.#idle.splice(index, 1);
      return Promise.resolve(worker);
    }
    const visits = this.#workers.get(worker);
    if (visits === undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      visits.push(resolve);
    });
  }

  #spawn(): WorkerProcess {
    const worker = new WorkerProcess();
    this.#workers.set(worker, []);
    return worker;
  }

  #welcome(worker: WorkerProcess): void {
    this.#ready.add(worker);
    void worker.exited.then(() => this.#replace(worker));
    this.putBack(worker);
  }

  /** Starts a new worker in place of one that has ended. */
  #replace(ended: WorkerProcess): void {
    for (const visit of this.#workers.get(ended) ?? []) visit(undefined);
    this.#workers.delete(ended);
    this.#ready.delete(ended);
    const index = this.#idle.indexOf(ended);
    if (index >= 0) this.#idle.splice(index, 1);
    if (this.#isStopping || this.#load === undefined) return;
    const { logger, onRestart } = this.#options;
    logger.warn({ pid: ended.pid, reason: ended.endReason }, 'a photo worker is replaced');
    onRestart(ended.endReason);
    void this.#restart();
  }

  /** Loads what every worker must hold, again where that changed meanwhile. */
  async #loadLatest(worker: WorkerProcess): Promise<void> {
    for (let loaded: LoadRequest | undefined; loaded !== this.#load; ) {
      loaded = this.#load;
      if (loaded === undefined) return;
      const { models } = await worker.load(loaded, this.#options.loadTimeoutMs);
      const failed = models.find(({ reason }) => reason !== undefined);
      // What they must hold may have changed just because of that.
      if (failed && loaded === this.#load) throw new Error(`${failed.folder}: ${failed.reason}`);
    }
  }

  async #restart(): Promise<void> {
    const worker = this.#spawn();
    try {
      await this.#loadLatest(worker);
      this.#failedStarts = 0;
      this.#welcome(worker);
    } catch (error) {
      if (!(error instanceof WorkerExitError)) worker.kill('load failed');
      if (this.#isStopping) return;
      const { first, max } = RESTART_DELAY_MS;
      const delayMs = Math.min(first * 2 ** this.#failedStarts, max);
      this.#failedStarts++;
      this.#options.logger.error({ error: String(error), delayMs }, 'a photo worker cannot start');
      // A pool that has been stopped meanwhile keeps no process alive for this.
      setTimeout(() => this.#replace(worker), delayMs).unref();
    }
  }
}
