import type { ModelAddress } from '../models/address.ts';
import type { DownloadProgress } from '../models/progress.ts';
import { DeviceError } from './device-error.ts';
import type {
  Backend,
  BlendOptions,
  DeviceCalls,
  DeviceMethod,
  DeviceReply,
  DeviceRequest,
  OpenedPhoto,
  OpenOptions,
  PreviewOptions,
} from './protocol.ts';

export interface StartOptions {
  /** Absolute address that the service's own addresses are relative to. */
  readonly base: string;
  /** Tried in this order. */
  readonly backends: readonly Backend[];
  /** What a backend must run correctly and in time before it is trusted. */
  readonly detector: ModelAddress;
  readonly onProgress: (progress: DownloadProgress) => void;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A runtime that has not started by then hangs: it is given up, and the next backend tried. */
const START_TIMEOUT_MS = 15_000;

/** Makes photos over in a worker of its own, so that the page never waits. */
export class DeviceEngine {
  readonly #worker: Worker;
  readonly #onProgress: StartOptions['onProgress'];
  readonly #pending = new Map<number, Pending>();
  #backend: Backend | undefined;
  #onStarting: (() => void) | undefined;
  #lastId = 0;
  #failure: DeviceError | undefined;

  private constructor(onProgress: StartOptions['onProgress']) {
    this.#onProgress = onProgress;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      type: 'module',
      name: 'deep-makeover',
    });
    this.#worker.addEventListener('message', ({ data }: MessageEvent<DeviceReply>) =>
      this.#receive(data),
    );
    this.#worker.addEventListener('error', (event) => {
      // Also fires without a message, when memory runs out.
      this.#fail(new DeviceError('DEVICE_FAILED', event.message || 'the worker ended'));
    });
  }

  /**
   * Starts the first backend that works.
   *
   * @throws DeviceError DEVICE_FAILED when none does
   */
  static async start({
    base,
    backends,
    detector,
    onProgress,
  }: StartOptions): Promise<DeviceEngine> {
    const reasons: string[] = [];
    for (const backend of backends) {
      // A fresh worker each: a runtime that hangs or failed half-way leaves its own unusable.
      const engine = new DeviceEngine(onProgress);
      try {
        await engine.#start(backend, base, detector);
        return engine;
      } catch (error) {
        engine.stop();
        reasons.push(
          `${backend.provider}: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    }
    throw new DeviceError('DEVICE_FAILED', reasons.join('; '));
  }

  /** What the networks run on. */
  get backend(): Backend {
    if (!this.#backend) throw new Error('the engine has not started');
    return this.#backend;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  load(generator: ModelAddress): Promise<void> {
    return this.#call(undefined, 'load', generator);
  }

  /** Decodes a photo, in place of the one before, and finds its faces. */
  open(file: Blob, options: OpenOptions, signal?: AbortSignal): Promise<OpenedPhoto> {
    return this.#call(signal, 'open', file, options);
  }

  /** The open photo made over, small, to be shown. */
  preview(options: PreviewOptions, signal?: AbortSignal): Promise<Blob> {
    return this.#call(signal, 'preview', options);
  }

  /** The open photo made over at its full size, as a file to keep. */
  render(options: BlendOptions, signal?: AbortSignal): Promise<Blob> {
    return this.#call(signal, 'render', options);
  }

  /** Forgets the open photo. */
  close(): Promise<void> {
    return this.#call(undefined, 'close');
  }

  /** Ends the worker. */
  stop(): void {
    this.#worker.terminate();
    this.#fail(new DeviceError('DEVICE_FAILED', 'the worker was stopped'));
  }

  async #start(backend: Backend, base: string, detector: ModelAddress): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.#onStarting = () => {
      const reason = `it did not start within ${START_TIMEOUT_MS / 1000} s`;
      timer = setTimeout(
        () => this.#fail(new DeviceError('DEVICE_FAILED', reason)),
        START_TIMEOUT_MS,
      );
    };
    try {
      await this.#call(undefined, 'start', backend, base, detector);
      this.#backend = backend;
    } finally {
      clearTimeout(timer);
      this.#onStarting = undefined;
    }
  }

  #call<M extends DeviceMethod>(
    signal: AbortSignal | undefined,
    method: M,
    ...args: Parameters<DeviceCalls[M]>
  ): Promise<ReturnType<DeviceCalls[M]>> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (this.#failure) {
        reject(this.#failure);
        return;
      }
      signal?.throwIfAborted();
      const abort = (): void => {
        this.#post({ id, method: 'abort' });
        this.#pending.delete(id);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      const settle = (): void => signal?.removeEventListener('abort', abort);
      this.#pending.set(id, {
        resolve: (value) => {
          settle();
          resolve(value as ReturnType<DeviceCalls[M]>);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      this.#post({ id, method, args } as DeviceRequest);
    });
  }

  #post(request: DeviceRequest): void {
    // Nothing is handed over: photos are blobs, which are shared.
    this.#worker.postMessage(request, []);
  }

  #receive(reply: DeviceReply): void {
    if (reply.type === 'progress') this.#onProgress(reply.progress);
    else if (reply.type === 'starting') this.#onStarting?.();
    else {
      const pending = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if (reply.type === 'done') pending?.resolve(reply.value);
      else pending?.reject(new DeviceError(reply.code, reply.detail));
    }
  }

  #fail(failure: DeviceError): void {
    this.#failure ??= failure;
    for (const { reject } of this.#pending.values()) reject(failure);
    this.#pending.clear();
  }
}
