import { type ChildProcess, fork } from 'node:child_process';
import { locateEntry } from '../paths.ts';
import type { LoadReport, LoadRequest, PhotoJob, WorkerReply, WorkerRequest } from './job.ts';

/** The worker ended before it answered: killed, crashed, or out of memory. */
export class WorkerExitError extends Error {
  override readonly name = 'WorkerExitError';
}

/** What a worker says about one photo. */
export type PhotoReply = Extract<WorkerReply, { readonly rssBytes: number }>;

interface Pending {
  readonly resolve: (reply: WorkerReply) => void;
  readonly reject: (error: Error) => void;
}

/** The parent's end of one photo worker, which answers one request at a time. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #pending: Pending | undefined;
  #hasExited = false;

  constructor() {
    const { file, execArgv } = locateEntry('./photo/worker');
    this.#child = fork(file, {
      execArgv: [...execArgv],
      // Structured clone: pixels and files cross as bytes, not as JSON.
      serialization: 'advanced',
      // glibc would keep one heap for each thread of libvips, and little of it is ever given back.
      env: { ...process.env, MALLOC_ARENA_MAX: '2' },
    });
    this.#child.on('message', (reply: WorkerReply) => this.#settle()?.resolve(reply));
    // Without a listener a failed start or send would end our own process.
    this.#child.on('error', () => {});
    this.#exited = new Promise((resolve) => {
      const onEnd = (reason: string) => {
        this.#hasExited = true;
        this.#settle()?.reject(new WorkerExitError(`the photo worker ended (${reason})`));
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

  /** Loads the models. Rejects when the provider policy cannot be met, or with WorkerExitError. */
  async load(load: LoadRequest): Promise<LoadReport> {
    const reply = await this.#ask({ type: 'load', load });
    if (reply.type === 'loaded') return reply.report;
    if (reply.type === 'loadFailed') throw new Error(reply.reason);
    throw new Error(`a photo worker answered ${reply.type} to load`);
  }

  /** Makes a photo over. Rejects with WorkerExitError when the process ends meanwhile. */
  async makeOver(job: PhotoJob): Promise<PhotoReply> {
    const reply = await this.#ask({ type: 'makeOver', job });
    if (reply.type === 'done' || reply.type === 'refused') return reply;
    throw new Error(`a photo worker answered ${reply.type} to makeOver`);
  }

  /** Ends the process at once, also when it hangs in a native call. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #ask(request: WorkerRequest): Promise<WorkerReply> {
    if (this.#pending) throw new Error('a photo worker was asked while it was busy');
    return new Promise((resolve, reject) => {
      if (this.#hasExited) {
        reject(new WorkerExitError('the photo worker had ended'));
        return;
      }
      this.#pending = { resolve, reject };
      // A failed send means that the process is ending: its exit settles the request.
      this.#child.send(request, () => {});
    });
  }

  #settle(): Pending | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }
}
