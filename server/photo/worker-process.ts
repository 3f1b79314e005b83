import { type ChildProcess, fork } from 'node:child_process';
import { locateEntry } from '../paths.ts';
import type { PhotoFormat } from './formats.ts';
import type {
  LoadReport,
  LoadRequest,
  PhotoJob,
  PhotoReply,
  WorkerReply,
  WorkerRequest,
} from './job.ts';
import type { Lane } from './lanes.ts';
import { Watchdog, type WatchLimits } from './watchdog.ts';

/** The worker ended before it answered: killed, crashed, or out of memory. */
export class WorkerExitError extends Error {
  override readonly name = 'WorkerExitError';
}

/** Why a worker ended: by itself, or because we ended it. */
export type EndReason = 'crashed' | 'hung' | 'grown' | 'load failed' | 'probe failed' | 'stopped';

interface Pending {
  readonly resolve: (reply: WorkerReply) => void;
  readonly reject: (error: Error) => void;
  readonly watchdog: Watchdog;
}

/** The parent's end of one photo worker, which answers one request at a time. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #pending: Pending | undefined;
  #hasExited = false;
  #endReason: EndReason = 'crashed';
  /** What the exit of a killed process does not tell. */
  #endDetail: string | undefined;
  #provenAtMs: number | undefined;
  #inputFormats: readonly PhotoFormat[] | undefined;

  constructor() {
    const { file, execArgv } = locateEntry('./photo/worker');
    this.#child = fork(file, {
      execArgv: [...execArgv],
      // Structured clone: pixels and files cross as bytes, not as JSON.
      serialization: 'advanced',
      // glibc would keep one heap for each thread of libvips, and little of it is ever given back.
      env: { ...process.env, MALLOC_ARENA_MAX: '2' },
    });
    this.#child.on('message', (reply: WorkerReply) => this.#receive(reply));
    // Without a listener a failed start or send would end our own process.
    this.#child.on('error', () => {});
    this.#exited = new Promise((resolve) => {
      const onEnd = (reason: string) => {
        this.#hasExited = true;
        const detail = this.#endDetail ?? reason;
        this.#settle()?.reject(new WorkerExitError(`the photo worker ended (${detail})`));
        resolve();
      };
      this.#child.once('exit', (code, signal) => onEnd(signal ?? `exit code ${code}`));
      // A process that could not be started has no exit.
      this.#child.once('error', (error) => {
        if (this.#child.pid === undefined) onEnd(error.message);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when the process has ended, for whatever reason. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** Whether the process has ended, or is being ended. */
  get hasEnded(): boolean {
    return this.#hasExited || this.#child.killed;
  }

  /** Of a process that has ended, or been told to. */
  get endReason(): EndReason {
    return this.#endReason;
  }

  /** What its decoder takes; undefined until the models are loaded. */
  get inputFormats(): readonly PhotoFormat[] | undefined {
    return this.#inputFormats;
  }

  /** When a model last ran in it and gave an answer, by `performance.now()`. */
  get provenAtMs(): number | undefined {
    return this.#provenAtMs;
  }

  /**
   * Loads the models, within `limitMs`. Rejects when the provider policy cannot be met, or with
   * WorkerExitError.
   */
  async load(load: LoadRequest, limitMs: number): Promise<LoadReport> {
    const reply = await this.#ask({ type: 'load', load }, { limitMs });
    if (reply.type === 'loaded') {
      this.#provenAtMs = performance.now();
      this.#inputFormats = reply.inputFormats;
      return reply.report;
    }
    if (reply.type === 'loadFailed') throw new Error(reply.reason);
    throw new Error(`a photo worker answered ${reply.type} to load`);
  }

  /** Works on a photo. Rejects with WorkerExitError when the process ends meanwhile or hangs. */
  async work(job: PhotoJob, lane: Lane, limits: WatchLimits): Promise<PhotoReply> {
    const reply = await this.#ask({ type: 'photo', job, lane }, limits);
    if (reply.type === 'done') this.#provenAtMs = performance.now();
    if (reply.type === 'done' || reply.type === 'refused' || reply.type === 'canceled') {
      return reply;
    }
    throw new Error(`a photo worker answered ${reply.type} to a photo`);
  }

  /** Tells it to leave the photo in work before the next stage. It answers all the same. */
  cancel(): void {
    this.#child.send({ type: 'cancel' } satisfies WorkerRequest, () => {});
  }

  /** Runs each model once on a tiny input. Rejects when one fails or the time is up. */
  async probe(limitMs: number): Promise<void> {
    const reply = await this.#ask({ type: 'probe' }, { limitMs });
    if (reply.type !== 'probed') {
      throw new Error(reply.type === 'probeFailed' ? reply.reason : `it answered ${reply.type}`);
    }
    this.#provenAtMs = performance.now();
  }

  /** Ends the process at once, also when it hangs in a native call. */
  kill(reason: EndReason, detail?: string): void {
    if (this.hasEnded) return;
    this.#endReason = reason;
    this.#endDetail = detail;
    this.#child.kill('SIGKILL');
  }

  #ask(request: WorkerRequest, limits: WatchLimits): Promise<WorkerReply> {
    if (this.#pending) throw new Error('a photo worker was asked while it was busy');
    return new Promise((resolve, reject) => {
      if (this.hasEnded) {
        reject(new WorkerExitError('the photo worker had ended'));
        return;
      }
      const watchdog = new Watchdog(limits, (reason) => this.kill('hung', reason));
      this.#pending = { resolve, reject, watchdog };
      // A failed send means that the process is ending: its exit settles the request.
      this.#child.send(request, () => {});
    });
  }

  #receive(reply: WorkerReply): void {
    if (reply.type === 'alive') this.#pending?.watchdog.sign();
    else this.#settle()?.resolve(reply);
  }

  #settle(): Pending | undefined {
    const pending = this.#pending;
    pending?.watchdog.stop();
    this.#pending = undefined;
    return pending;
  }
}
