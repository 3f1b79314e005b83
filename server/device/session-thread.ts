import type { Worker } from 'node:worker_threads';
import type { TensorMap } from '../../models/contract/tensor.ts';
import type { LoadReport } from '../photo/job.ts';
import { startThread } from '../thread.ts';
import type { ThreadModel, ThreadReply, ThreadRequest, ThreadStart } from './messages.ts';

interface Pending {
  readonly resolve: (reply: ThreadReply) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A thread with the session of one model. Sessions block their thread: so, one runs while others
 * load, and the process goes on reading crops meanwhile.
 */
export class SessionThread {
  readonly #thread: Worker;
  readonly #ended: Promise<void>;
  #pending: Pending | undefined;

  constructor(start: ThreadStart) {
    this.#thread = startThread('./device/session-thread-entry', start);
    this.#thread.on('message', (reply: ThreadReply) => this.#settle()?.resolve(reply));
    this.#thread.on('error', (error) => this.#settle()?.reject(error));
    this.#ended = new Promise((resolve) => {
      this.#thread.once('exit', (code) => {
        this.#settle()?.reject(new Error(`the thread of a session ended with exit code ${code}`));
        resolve();
      });
    });
  }

  /**
   * Resolves when the model is loaded, checked and warmed up; without `model` when it cannot serve.
   * Rejects when the provider policy cannot be met.
   */
  async loaded(): Promise<{ readonly report: LoadReport; readonly model?: ThreadModel }> {
    const reply = await this.#reply();
    if (reply.type === 'loaded') return reply;
    throw new Error(`the thread of a session said ${reply.type} before it had loaded`);
  }

  /** Runs the model. One run at a time; rejects when the session fails. */
  async run(feeds: TensorMap): Promise<TensorMap> {
    const buffers = Object.values(feeds).map(({ data }) => data.buffer as ArrayBuffer);
    const reply = await this.#reply(() =>
      this.#thread.postMessage({ type: 'run', feeds } satisfies ThreadRequest, buffers),
    );
    if (reply.type === 'outputs') return reply.outputs;
    throw new Error(reply.type === 'failed' ? reply.reason : `a session answered ${reply.type}`);
  }

  /** Ends the thread; the session's memory is given back. No run may be in work. */
  async release(): Promise<void> {
    this.#thread.postMessage({ type: 'release' } satisfies ThreadRequest, []);
    await this.#ended;
  }

  #reply(ask?: () => void): Promise<ThreadReply> {
    if (this.#pending) throw new Error('the thread of a session was asked while it was busy');
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      ask?.();
    });
  }

  #settle(): Pending | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }
}
