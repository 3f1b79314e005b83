import { ServiceError } from './api.ts';
import { DeviceError } from './device/device-error.ts';
import { type FaceSpot, spotsOf } from './face-spot.ts';
import { type MakeRequest, Maker, type Place } from './maker.ts';
import type { DownloadProgress } from './models/progress.ts';
import { chosenFaces, type Edits, edit, type Failure, type Photo, undoEdit } from './photo.ts';
import { ResultCache } from './result-cache.ts';
import { SingleTask } from './single-task.ts';
import { currentPhoto, INITIAL_STATE, type State, type StoreParts } from './state.ts';

/** A photo as it comes from the visitor. */
export interface NewPhoto {
  readonly file: Blob;
  readonly name: string;
}

/** Holds what the page shows, and has made what is missing: one photo at a time, the shown first. */
export class MakeoverStore {
  #state: State = INITIAL_STATE;
  readonly #parts: StoreParts;
  readonly #maker: Maker;
  readonly #results = new ResultCache();
  readonly #task = new SingleTask();
  readonly #askedForFaces = new Set<number>();
  #lastId = 0;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.#maker = new Maker(parts);
  }

  get state(): State {
    return this.#state;
  }

  /** Learns the models and limits. */
  async connect(): Promise<void> {
    this.#set({ failure: undefined });
    try {
      await this.#loadModels();
    } catch (error) {
      this.#set({ failure: describeFailure(error) });
    }
  }

  /** Takes photos, shows the first of them, and makes them over. */
  async add(photos: readonly NewPhoto[]): Promise<void> {
    this.#set({ failure: undefined });
    for (const [i, { file, name }] of photos.entries()) {
      const url = URL.createObjectURL(file);
      const id = ++this.#lastId;
      const look = await this.#parts.lookAt(file);
      const edits: Edits = { model: this.#state.model, strength: 1, leftOut: [] };
      const work = { phase: 'waiting' } as const;
      const rest = { past: [], faces: undefined, result: undefined, work };
      const photo: Photo = { id, file, name, url, ...look, edits, ...rest };
      this.#set({
        photos: [...this.#state.photos, photo],
        ...(i === 0 ? { currentId: id } : {}),
      });
      this.#schedule();
    }
  }

  /** Shows another of the photos. */
  select(id: number): void {
    this.#set({ currentId: id });
    this.#schedule();
  }

  /** Chooses a model, for the shown photo and for those that come. */
  pick(model: string): void {
    this.#set({ model });
    this.#edit({ model });
  }

  /** Chooses where photos are made over; all are made over there. */
  move(place: Place): void {
    this.#task.stop();
    if (place === 'server') this.#maker.stopDevice();
    for (const { id } of this.#state.photos) this.#results.forget(id);
    const photos = this.#state.photos.map((photo) => this.#seek({ ...photo, result: undefined }));
    this.#set({ place, photos });
    this.#schedule();
  }

  /** @param strength 0 to 1 */
  setStrength(strength: number): void {
    this.#edit({ strength });
  }

  /** Leaves a face of the shown photo out, or takes it in again. */
  toggleFace(faceId: number): void {
    const leftOut = currentPhoto(this.#state)?.edits.leftOut ?? [];
    const others = leftOut.filter((id) => id !== faceId);
    this.#edit({ leftOut: others.length < leftOut.length ? others : [...leftOut, faceId] });
  }

  /** Takes the latest edit of the shown photo back. */
  undo(): void {
    this.#change(undoEdit);
  }

  /** Does again what failed. */
  async retry(): Promise<void> {
    const photo = currentPhoto(this.#state);
    if (!photo) return this.connect();
    this.#patch(photo.id, { work: { phase: 'waiting' } });
    this.#schedule();
  }

  /** Closes a photo; the next one is shown. */
  remove(id: number): void {
    const at = this.#state.photos.findIndex((photo) => photo.id === id);
    const removed = this.#state.photos[at];
    if (!removed) return;
    this.#forget(removed);
    const photos = this.#state.photos.filter((photo) => photo !== removed);
    const isCurrent = this.#state.currentId === id;
    const next = photos[Math.min(at, photos.length - 1)]?.id;
    this.#set({ photos, ...(isCurrent ? { currentId: next } : {}) });
    this.#schedule();
  }

  /** Closes all photos, keeping the chosen model. */
  startOver(): void {
    this.#task.stop();
    this.#state.photos.forEach((photo) => this.#forget(photo));
    this.#set({ photos: [], currentId: undefined, failure: undefined });
  }

  /** Tells how far the download of this device's networks is. */
  setDownload(download: DownloadProgress): void {
    const photo = this.#state.photos.find(({ work }) => work.phase === 'working');
    if (photo) this.#patch(photo.id, { work: { phase: 'working', download } });
  }

  /**
   * The file to download: the photo made over as it was edited, where its result was made.
   *
   * @throws ServiceError when there is no result or the service fails; DeviceError
   */
  async renderFile(id: number): Promise<Blob> {
    const photo = this.#find(id);
    if (!photo?.result || photo.work.phase !== 'done') {
      throw new ServiceError('NO_IMAGE', 'There is no made-over photo yet.');
    }
    const request = this.#describe(photo, photo.edits.strength);
    return this.#maker.render(new AbortController().signal, photo.result, request);
  }

  #edit(change: Partial<Edits>): void {
    this.#change((photo) => edit(photo, change));
  }

  #change(change: (photo: Photo) => Photo): void {
    const photo = currentPhoto(this.#state);
    if (!photo) return;
    this.#patch(photo.id, this.#seek(change(photo)));
    this.#schedule();
  }

  /** The photo with the result that belongs to its edits, or waiting for it. */
  #seek(photo: Photo): Photo {
    if (chosenFaces(photo)?.length === 0) {
      return { ...photo, result: undefined, work: { phase: 'done' } };
    }
    const result = this.#results.get(photo);
    if (result) return { ...photo, result, work: { phase: 'done' } };
    // Until the new result is there, the one before is shown.
    return photo.work.phase === 'working' ? photo : { ...photo, work: { phase: 'waiting' } };
  }

  /** Starts what is most wanted, unless that is under way. */
  #schedule(): void {
    const { photos, place } = this.#state;
    const current = currentPhoto(this.#state);
    if (current?.work.phase === 'done') void this.#findFaces(current);
    const open = photos.filter(({ work }) => work.phase === 'waiting' || work.phase === 'working');
    const next =
      open.find(({ id }) => id === current?.id) ??
      open.find(({ work }) => work.phase === 'working') ??
      open[0];
    if (!next) return this.#task.stop();
    const { id, edits } = next;
    const key = JSON.stringify([id, place, edits.model, edits.leftOut]);
    if (this.#task.key === key) return;
    for (const other of open) {
      if (other.work.phase === 'working') this.#patch(other.id, { work: { phase: 'waiting' } });
    }
    const work = (signal: AbortSignal) => this.#makeOver(signal, id);
    this.#task.start(key, work, () => this.#schedule());
  }

  async #makeOver(signal: AbortSignal, id: number): Promise<void> {
    this.#patch(id, { work: { phase: 'working' } });
    try {
      await this.#loadModels();
      const photo = this.#find(id);
      if (!photo || signal.aborted) return;
      const request = this.#describe(photo, 1);
      const made = await this.#maker.show(signal, this.#state.place, request);
      if (signal.aborted) return;
      const result = this.#results.add(photo, made);
      const faces = made.found ?? photo.faces;
      this.#patch(id, { result, faces, work: { phase: 'done' } });
    } catch (error) {
      if (!signal.aborted) this.#fail(id, describeFailure(error));
    }
  }

  /** What failed and cannot be seen either is best replaced: back to the start. */
  #fail(id: number, failure: Failure): void {
    const photo = this.#find(id);
    if (photo && !photo.isShowable && this.#state.photos.length === 1) {
      this.remove(id);
      this.#set({ failure });
    } else this.#patch(id, { work: { phase: 'failed', failure } });
  }

  /** Asks the service where the faces are; without an answer they are all made over. */
  async #findFaces({ id, file, faces }: Photo): Promise<void> {
    if (faces || this.#askedForFaces.has(id)) return;
    this.#askedForFaces.add(id);
    const found: readonly FaceSpot[] = await this.#parts.service
      .faces(file)
      .then(spotsOf, () => []);
    if (!this.#find(id)?.faces && found.length > 0) this.#patch(id, { faces: found });
  }

  /** @throws ServiceError when the model is gone */
  #describe(photo: Photo, strength: number): MakeRequest {
    const { models, limits, detector, model } = this.#state;
    const name = photo.edits.model ?? model;
    const generator = models.find((known) => known.name === name);
    if (!generator || !limits) throw new ServiceError('MODEL_NOT_FOUND', `There is no ${name}.`);
    const { file, isShowable } = photo;
    const faces = chosenFaces(photo);
    return { file, isShowable, generator, detector, limits, strength, ...(faces && { faces }) };
  }

  async #loadModels(): Promise<void> {
    if (this.#state.models.length > 0 && this.#state.limits) return;
    const { service } = this.#parts;
    const [view, info] = await Promise.all([service.models(), service.info()]);
    const models = view.models.filter(({ state }) => state === 'active');
    const model = this.#state.model ?? models[0]?.name;
    if (!model) throw new ServiceError('NO_MODEL', 'The service has no model that is ready.');
    const limits = { ...info.limits, inputTypes: info.inputTypes };
    const photos = this.#state.photos.map((photo) => ({
      ...photo,
      edits: { ...photo.edits, model: photo.edits.model ?? model },
    }));
    this.#set({ models, model, limits, photos, detector: view.detector });
  }

  #find(id: number): Photo | undefined {
    return this.#state.photos.find((photo) => photo.id === id);
  }

  #forget({ id, url, thumbnailUrl }: Photo): void {
    this.#results.forget(id);
    URL.revokeObjectURL(url);
    if (thumbnailUrl) URL.revokeObjectURL(thumbnailUrl);
  }

  #patch(id: number, change: Partial<Photo>): void {
    const { photos } = this.#state;
    this.#set({
      photos: photos.map((photo) => (photo.id === id ? { ...photo, ...change } : photo)),
    });
  }

  #set(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    this.#parts.onChange(this.#state);
  }
}

function describeFailure(error: unknown): Failure {
  return error instanceof ServiceError || error instanceof DeviceError
    ? { code: error.code, detail: error.message }
    : { code: 'UNEXPECTED', detail: String(error) };
}
