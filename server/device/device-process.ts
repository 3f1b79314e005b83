import { type ChildProcess, fork } from 'node:child_process';
import { locateEntry } from '../paths.ts';
import type { LoadReport, ModelReport } from '../photo/job.ts';
import type { DeviceReply, DeviceRequest, DeviceStart, DeviceState } from './messages.ts';

/** A request without its number. */
type Question = DeviceRequest extends infer R ? (R extends unknown ? Omit<R, 'id'> : never) : never;

interface Pending {
  readonly resolve: (reply: DeviceReply) => void;
  readonly reject: (error: Error) => void;
}

export interface WatchOptions {
  /** A device that gives no sign of life for so long, or runs one batch for so long, is ended. */
  readonly hangTimeoutMs: number;
  /** Called about every second with what the device tells. */
  readonly onState: (state: DeviceState) => void;
}

const PING_EVERY_MS = 1000;
/** Pings while a device is silent: short, so that a small limit can be kept. */
const MIN_PING_MS = 50;

/** The service's end of one device process. */
export class DeviceProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<string>;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #endReason: string | undefined;
  #ping: NodeJS.Timeout | undefined;

  constructor() {
    const { file, execArgv } = locateEntry('./device/device-entry');
    this.#child = fork(file, { execArgv: [...execArgv], serialization: 'advanced' });
    this.#child.on('message', (reply: DeviceReply) => this.#receive(reply));
    // Without a listener a failed start or send would end our own process.
    this.#child.on('error', () => {});
    this.#exited = new Promise((resolve) => {
      const onEnd = (reason: string) => {
        clearTimeout(this.#ping);
        const detail = this.#endReason ?? reason;
        const error = new Error(`the device process ended (${detail})`);
        for (const { reject } of this.#pending.values()) reject(error);
        this.#pending.clear();
        resolve(detail);
      };
      this.#child.once('exit', (code, signal) => onEnd(signal ?? `exit code ${code}`));
      this.#child.once('error', (error) => {
        if (this.#child.pid === undefined) onEnd(error.message);
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves with the reason when the process has ended. */
  get exited(): Promise<string> {
    return this.#exited;
  }

  /**
   * Loads models and lets photo workers in, within `limitMs`. Rejects when the provider policy
   * cannot be met or the process ends.
   */
  async start(start: DeviceStart, limitMs: number): Promise<LoadReport> {
    const reply = await this.#ask({ type: 'start', start }, limitMs);
    if (reply.type === 'started') return reply.report;
    throw unexpected(reply);
  }

  /** Holds these models and no others. Rejects when the process ends or `limitMs` is over. */
  async hold(folders: readonly string[], limitMs: number): Promise<readonly ModelReport[]> {
    const reply = await this.#ask({ type: 'hold', folders }, limitMs);
    if (reply.type === 'held') return reply.reports;
    throw unexpected(reply);
  }

  /** Keeps asking for signs of life until the process ends. */
  watch({ hangTimeoutMs, onState }: WatchOptions): void {
    const everyMs = Math.max(MIN_PING_MS, Math.min(PING_EVERY_MS, hangTimeoutMs / 4));
    const ping = async () => {
      const reply = await this.#ask({ type: 'ping' }, hangTimeoutMs);
      if (reply.type !== 'pong') throw unexpected(reply);
      onState(reply.state);
      if (reply.state.longestRunMs > hangTimeoutMs) this.kill('a batch hangs');
      this.#ping = setTimeout(() => void ping().catch(() => {}), everyMs);
      this.#ping.unref();
    };
    // A failed ping means that the process has ended, or was ended by its limit.
    void ping().catch(() => {});
  }

  /** Ends the process at once, also when it hangs in a native call. */
  kill(reason: string): void {
    this.#endReason ??= reason;
    this.#child.kill('SIGKILL');
  }

  #ask(question: Question, limitMs: number): Promise<DeviceReply> {
    const id = ++this.#lastId;
    const timer = setTimeout(
      () => this.kill(`no answer to ${question.type} within ${limitMs} ms`),
      limitMs,
    );
    const answered = new Promise<DeviceReply>((resolve, reject) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        reject(new Error('the device process had ended'));
        return;
      }
      this.#pending.set(id, { resolve, reject });
      this.#child.send({ ...question, id }, () => {});
    });
    return answered.finally(() => clearTimeout(timer));
  }

  #receive(reply: DeviceReply): void {
    if (reply.type === 'fault') {
      this.kill(reply.reason);
      return;
    }
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.type === 'failed') pending?.reject(new Error(reply.reason));
    else pending?.resolve(reply);
  }
}

function unexpected({ type }: DeviceReply): Error {
  return new Error(`the device process answered ${type} to another question`);
}
