import type { ModelView } from '../models/contract/api.ts';
import { type Service, ServiceError } from './api.ts';
import { DeviceError } from './device/device-error.ts';
import { type Made, type MakeRequest, Maker, type MakerParts, type Place } from './maker.ts';
import type { DownloadProgress } from './models/progress.ts';
import type { FailureCode, KnownLimits } from './texts.ts';

export interface Photo {
  readonly file: Blob;
  readonly name: string;
  readonly url: string;
  /** False for formats that this browser cannot show; the service may still read them. */
  readonly isShowable: boolean;
}

export interface Result extends Made {
  readonly url: string;
}

export interface Failure {
  readonly code: FailureCode;
  readonly detail: string;
}

export type Work =
  | { readonly phase: 'idle' }
  | { readonly phase: 'connecting' }
  /** With `download` while this device fetches its networks. */
  | { readonly phase: 'working'; readonly download?: DownloadProgress }
  | { readonly phase: 'done'; readonly result: Result }
  | { readonly phase: 'failed'; readonly failure: Failure };

export interface State {
  /** Those that serve; empty until the service has answered. */
  readonly models: readonly ModelView[];
  readonly model: string | undefined;
  readonly limits: KnownLimits | undefined;
  readonly place: Place;
  /** 0 to 1. */
  readonly strength: number;
  readonly photo: Photo | undefined;
  readonly work: Work;
}

export interface StoreParts extends MakerParts {
  readonly service: Service;
  /** Whether this browser can decode the picture at an object URL. */
  readonly canShow: (url: string) => Promise<boolean>;
  readonly onChange: (state: State) => void;
}

/** Holds what the page shows, and has made what is missing. The last wish wins. */
export class MakeoverStore {
  #state: State = {
    models: [],
    model: undefined,
    limits: undefined,
    place: 'auto',
    strength: 1,
    photo: undefined,
    work: { phase: 'idle' },
  };
  readonly #parts: StoreParts;
  readonly #maker: Maker;
  #detector: ModelView | undefined;
  #pending = new AbortController();
  /** Full-strength results of the open photo by model, so that going back to one is instant. */
  readonly #results = new Map<string, Result>();

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.#maker = new Maker(parts);
  }

  get state(): State {
    return this.#state;
  }

  /** Learns the models and limits. */
  async connect(): Promise<void> {
    const signal = this.#supersede();
    this.#set({ work: { phase: 'connecting' } });
    await this.#attempt(signal, async () => {
      await this.#loadModels();
      if (!signal.aborted) this.#set({ work: { phase: 'idle' } });
    });
  }

  /** Takes a photo and makes it over at once. */
  async open(file: Blob, name: string): Promise<void> {
    const signal = this.#supersede();
    const url = URL.createObjectURL(file);
    const isShowable = await this.#parts.canShow(url);
    if (signal.aborted) {
      URL.revokeObjectURL(url);
      return;
    }
    this.#forgetPhoto();
    this.#set({ photo: { file, name, url, isShowable }, strength: 1 });
    await this.#makeOver();
  }

  /** Chooses a model; an open photo is made over with it. */
  async pick(model: string): Promise<void> {
    this.#set({ model });
    if (this.#state.photo) await this.#makeOver();
  }

  /** Chooses where photos are made over; an open photo is made over there. */
  async move(place: Place): Promise<void> {
    this.#set({ place });
    this.#forgetResults();
    if (place === 'server') this.#maker.stopDevice();
    if (this.#state.photo) await this.#makeOver();
  }

  /** Tells how far the download of this device's networks is. */
  setDownload(download: DownloadProgress): void {
    if (this.#state.work.phase === 'working') this.#set({ work: { phase: 'working', download } });
  }

  setStrength(strength: number): void {
    this.#set({ strength });
  }

  /** Does again what failed. */
  async retry(): Promise<void> {
    await (this.#state.photo ? this.#makeOver() : this.connect());
  }

  /** Back to the start, keeping the chosen model. */
  close(): void {
    this.#supersede();
    this.#forgetPhoto();
    this.#set({ photo: undefined, work: { phase: 'idle' } });
  }

  /**
   * The file to download: the photo made over at the chosen strength, where its result was made.
   *
   * @returns undefined when another photo or model was chosen meanwhile
   * @throws ServiceError when there is no result or the service fails; DeviceError
   */
  async renderFile(): Promise<Blob | undefined> {
    const { photo, model, strength, work } = this.#state;
    if (!photo || !model || work.phase !== 'done') {
      throw new ServiceError('NO_IMAGE', 'There is no made-over photo yet.');
    }
    const { signal } = this.#pending;
    try {
      const request = this.#describe(photo, model, strength);
      return await this.#maker.render(signal, work.result, request);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  async #makeOver(): Promise<void> {
    const signal = this.#supersede();
    this.#set({ work: { phase: 'working' } });
    await this.#attempt(signal, async () => {
      const model = await this.#loadModels();
      const { photo } = this.#state;
      if (!photo || signal.aborted) return;
      const result = this.#results.get(model) ?? (await this.#request(signal, photo, model));
      if (!signal.aborted) this.#set({ work: { phase: 'done', result } });
    });
  }

  async #request(signal: AbortSignal, photo: Photo, model: string): Promise<Result> {
    const request = this.#describe(photo, model, 1);
    const made = await this.#maker.show(signal, this.#state.place, request);
    signal.throwIfAborted();
    const result = { ...made, url: URL.createObjectURL(made.image) };
    this.#results.set(model, result);
    return result;
  }

  /** @throws ServiceError when the model is gone */
  #describe({ file, isShowable }: Photo, model: string, strength: number): MakeRequest {
    const { models, limits } = this.#state;
    const generator = models.find(({ name }) => name === model);
    if (!generator || !limits) throw new ServiceError('MODEL_NOT_FOUND', `There is no ${model}.`);
    return { file, isShowable, generator, detector: this.#detector, limits, strength };
  }

  /** Name of the model to use. */
  async #loadModels(): Promise<string> {
    let { models, limits } = this.#state;
    if (models.length === 0 || !limits) {
      const { service } = this.#parts;
      const [view, info] = await Promise.all([service.models(), service.info()]);
      models = view.models.filter(({ state }) => state === 'active');
      limits = { ...info.limits, inputTypes: info.inputTypes };
      this.#detector = view.detector;
    }
    const model = this.#state.model ?? models[0]?.name;
    if (!model) throw new ServiceError('NO_MODEL', 'The service has no model that is ready.');
    this.#set({ models, model, limits });
    return model;
  }

  /** Runs one piece of work; a failure is shown unless something newer has taken its place. */
  async #attempt(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (signal.aborted) return;
      const failure =
        error instanceof ServiceError || error instanceof DeviceError
          ? { code: error.code, detail: error.message }
          : { code: 'UNEXPECTED' as const, detail: String(error) };
      this.#set({ work: { phase: 'failed', failure } });
    }
  }

  #supersede(): AbortSignal {
    this.#pending.abort();
    this.#pending = new AbortController();
    return this.#pending.signal;
  }

  #forgetPhoto(): void {
    if (this.#state.photo) URL.revokeObjectURL(this.#state.photo.url);
    this.#forgetResults();
  }

  #forgetResults(): void {
    for (const { url } of this.#results.values()) URL.revokeObjectURL(url);
    this.#results.clear();
  }

  #set(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    this.#parts.onChange(this.#state);
  }
}
