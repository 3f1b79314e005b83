import type { ModelAddress } from '../models/address.ts';
import type { DownloadProgress } from '../models/progress.ts';
import { listBackends, whyNoDevice } from './backends.ts';
import { type Device, type DeviceRequest, type DeviceResult, PREVIEW_SIDE } from './device.ts';
import { DeviceEngine } from './device-engine.ts';
import { DeviceError } from './device-error.ts';
import type { Backend, OpenedPhoto } from './protocol.ts';

export interface DeviceOptions {
  /** Absolute address that the service's own addresses are relative to. */
  readonly base: string;
  /** Tried in this order; those that are worth trying here when absent. */
  readonly backends?: readonly Backend[] | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** Makes photos over on this device. Starts when it is first asked, and keeps one photo open. */
export class DeviceMaker implements Device {
  readonly #options: DeviceOptions;
  #engine: Promise<DeviceEngine> | undefined;
  #open: { readonly file: Blob; readonly photo: Promise<OpenedPhoto> } | undefined;
  /** Ends when the call before has: only one photo is open, and each call needs its own. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: DeviceOptions) {
    this.#options = options;
  }

  preview(signal: AbortSignal, request: DeviceRequest): Promise<DeviceResult> {
    return this.#inTurn(() =>
      this.#make(signal, request, (engine, options) =>
        engine.preview({ ...options, maxSide: PREVIEW_SIDE }, signal),
      ),
    );
  }

  render(signal: AbortSignal, request: DeviceRequest): Promise<DeviceResult> {
    return this.#inTurn(() =>
      this.#make(signal, request, (engine, options) => engine.render(options, signal)),
    );
  }

  stop(): void {
    this.#engine?.then((engine) => engine.stop()).catch(() => undefined);
    this.#engine = undefined;
    this.#open = undefined;
    this.#turn = Promise.resolve();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #make(
    signal: AbortSignal,
    { photo: file, generator, strength, faces, ...request }: DeviceRequest,
    blend: (
      engine: DeviceEngine,
      options: { generator: ModelAddress; strength: number; faces?: readonly number[] },
    ) => Promise<Blob>,
  ): Promise<DeviceResult> {
    signal.throwIfAborted();
    const engine = await this.#start(request.detector);
    signal.throwIfAborted();
    if (this.#open?.file !== file) {
      const photo = engine.open(file, request, signal);
      this.#open = { file, photo };
      // The network is got ready while the photo is decoded; `blend` tells if it cannot be.
      engine.load(generator).catch(() => undefined);
      photo.catch(() => {
        if (this.#open?.photo === photo) this.#open = undefined;
      });
    }
    const photo = await this.#open.photo;
    signal.throwIfAborted();
    const image = await blend(engine, { generator, strength, ...(faces && { faces }) });
    return { image, photo, backend: engine.backend, notices: photo.notices };
  }

  async #start(detector: ModelAddress): Promise<DeviceEngine> {
    const known = await this.#engine;
    if (known && !known.hasFailed) return known;
    this.#open = undefined;
    const starting = this.#startAnew(detector);
    this.#engine = starting;
    starting.catch(() => {
      if (this.#engine === starting) this.#engine = undefined;
    });
    return starting;
  }

  async #startAnew(detector: ModelAddress): Promise<DeviceEngine> {
    const { base, backends, onProgress = () => undefined } = this.#options;
    const reason = whyNoDevice();
    if (reason) throw new DeviceError('DEVICE_FAILED', reason);
    const candidates = backends ?? (await listBackends());
    return DeviceEngine.start({ base, backends: candidates, detector, onProgress });
  }
}
