import { ServiceError } from './api.ts';
import { spotsOf } from './face-spot.ts';
import { type Failure, failureOf } from './failure.ts';
import { loadCatalog, requestFor } from './make-request.ts';
import { Maker, type Place } from './maker.ts';
import type { DownloadProgress } from './models/progress.ts';
import { type Edits, edit, type Photo, undoEdit } from './photo.ts';
import { ResultCache } from './result-cache.ts';
import { SingleTask } from './single-task.ts';
import { currentPhoto, nextToMake, type State, type StoreParts } from './state.ts';
import { StateHolder } from './state-holder.ts';

/** A photo as it comes from the visitor. */
export interface NewPhoto {
  readonly file: Blob;
  readonly name: string;
}

/** Holds what the page shows, and has made what is missing: one photo at a time, the shown first. */
export class MakeoverStore {
  readonly #holder: StateHolder;
  readonly #parts: StoreParts;
  readonly #maker: Maker;
  readonly #results = new ResultCache();
  readonly #task = new SingleTask();
  readonly #askedForFaces = new Set<number>();
  #lastId = 0;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.#holder = new StateHolder(parts.onChange);
    this.#maker = new Maker(parts);
  }

  get state(): State {
    return this.#holder.state;
  }

  /** Learns the models and limits. */
  async connect(): Promise<void> {
    this.#holder.set({ failure: undefined });
    try {
      await this.#loadModels();
    } catch (error) {
      this.#holder.set({ failure: failureOf(error) });
    }
  }

  /** Takes photos, shows the first of them, and makes them over. */
  async add(photos: readonly NewPhoto[]): Promise<void> {
    this.#holder.set({ failure: undefined });
    for (const [i, { file, name }] of photos.entries()) {
      const url = URL.createObjectURL(file);
      const id = ++this.#lastId;
      const look = await this.#parts.lookAt(file);
      const edits: Edits = { model: this.state.model, strength: 1, leftOut: [] };
      const work = { phase: 'waiting' } as const;
      const rest = { past: [], faces: undefined, result: undefined, work };
      const photo: Photo = { id, file, name, url, ...look, edits, ...rest };
      this.#holder.set({
        photos: [...this.state.photos, photo],
        ...(i === 0 ? { currentId: id } : {}),
      });
      this.#schedule();
    }
  }

  /** Shows another of the photos. */
  select(id: number): void {
    this.#holder.set({ currentId: id });
    this.#schedule();
  }

  /** Chooses a model, for the shown photo and for those that come. */
  pick(model: string): void {
    this.#holder.set({ model });
    this.#edit({ model });
  }

  /** Chooses where photos are made over; all are made over there. */
  move(place: Place): void {
    this.#task.stop();
    if (place === 'server') this.#maker.stopDevice();
    for (const { id } of this.state.photos) this.#results.forget(id);
    const photos = this.state.photos.map((photo) =>
      this.#results.attach({ ...photo, result: undefined }),
    );
    this.#holder.set({ place, photos });
    this.#schedule();
  }

  /** @param strength 0 to 1 */
  setStrength(strength: number): void {
    this.#edit({ strength });
  }

  /** Leaves a face of the shown photo out, or takes it in again. */
  toggleFace(faceId: number): void {
    const leftOut = currentPhoto(this.state)?.edits.leftOut ?? [];
    const others = leftOut.filter((id) => id !== faceId);
    this.#edit({ leftOut: others.length < leftOut.length ? others : [...leftOut, faceId] });
  }

  /** Takes the latest edit of the shown photo back. */
  undo(): void {
    this.#change(undoEdit);
  }

  /** Does again what failed. */
  async retry(): Promise<void> {
    const photo = currentPhoto(this.state);
    if (!photo) return this.connect();
    this.#holder.patch(photo.id, { work: { phase: 'waiting' } });
    this.#schedule();
  }

  /** Closes a photo; the next one is shown. */
  remove(id: number): void {
    const at = this.state.photos.findIndex((photo) => photo.id === id);
    const removed = this.state.photos[at];
    if (!removed) return;
    this.#forget(removed);
    const photos = this.state.photos.filter((photo) => photo !== removed);
    const isCurrent = this.state.currentId === id;
    const next = photos[Math.min(at, photos.length - 1)]?.id;
    this.#holder.set({ photos, ...(isCurrent ? { currentId: next } : {}) });
    this.#schedule();
  }

  /** Closes all photos, keeping the chosen model. */
  startOver(): void {
    this.#task.stop();
    this.state.photos.forEach((photo) => this.#forget(photo));
    this.#holder.set({ photos: [], currentId: undefined, failure: undefined });
  }

  /** Tells how far the download of this device's networks is. */
  setDownload(download: DownloadProgress): void {
    const photo = this.state.photos.find(({ work }) => work.phase === 'working');
    if (photo) this.#holder.patch(photo.id, { work: { phase: 'working', download } });
  }

  /**
   * The file to download: the photo made over as it was edited, where its result was made.
   *
   * @throws ServiceError when there is no result or the service fails; DeviceError
   */
  async renderFile(id: number): Promise<Blob> {
    const photo = this.#holder.find(id);
    if (!photo?.result || photo.work.phase !== 'done') {
      throw new ServiceError('NO_IMAGE', 'There is no made-over photo yet.');
    }
    const request = requestFor(this.state, photo, photo.edits.strength);
    return this.#maker.render(new AbortController().signal, photo.result, request);
  }

  /** Has the shown result at its full size, to be looked at closely. */
  async sharpen(): Promise<void> {
    const photo = currentPhoto(this.state);
    const preview = photo?.result;
    if (!preview?.isPreview || photo?.work.phase !== 'done') return;
    // Asked for once.
    this.#holder.patch(photo.id, { result: { ...preview, isPreview: false } });
    const request = requestFor(this.state, photo, 1);
    const image = await this.#maker
      .render(new AbortController().signal, preview, request)
      .catch(() => undefined);
    // The preview stays where it cannot be had, or where something newer is shown.
    if (!image || this.#holder.find(photo.id)?.result?.url !== preview.url) return;
    this.#holder.patch(photo.id, { result: this.#results.replace(photo, preview, image) });
  }

  #edit(change: Partial<Edits>): void {
    this.#change((photo) => edit(photo, change));
  }

  #change(change: (photo: Photo) => Photo): void {
    const photo = currentPhoto(this.state);
    if (!photo) return;
    this.#holder.patch(photo.id, this.#results.attach(change(photo)));
    this.#schedule();
  }

  /** Starts what is most wanted, unless that is under way. */
  #schedule(): void {
    const current = currentPhoto(this.state);
    // Photos that were made over on the device are never sent.
    if (current?.result && !current.result.backend) void this.#findFaces(current);
    const next = nextToMake(this.state);
    if (!next) return this.#task.stop();
    const { id, edits } = next;
    const key = JSON.stringify([id, this.state.place, edits.model, edits.leftOut]);
    if (this.#task.key === key) return;
    const working = this.state.photos.find(({ work }) => work.phase === 'working');
    if (working) this.#holder.patch(working.id, { work: { phase: 'waiting' } });
    const work = (signal: AbortSignal) => this.#makeOver(signal, id);
    this.#task.start(key, work, () => this.#schedule());
  }

  async #makeOver(signal: AbortSignal, id: number): Promise<void> {
    this.#holder.patch(id, { work: { phase: 'working' } });
    try {
      await this.#loadModels();
      const photo = this.#holder.find(id);
      if (!photo || signal.aborted) return;
      const request = requestFor(this.state, photo, 1);
      const made = await this.#maker.show(signal, this.state.place, request);
      if (signal.aborted) return;
      const result = this.#results.add(photo, made);
      const faces = made.found ?? photo.faces;
      this.#holder.patch(id, { result, faces, work: { phase: 'done' } });
    } catch (error) {
      if (!signal.aborted) this.#fail(id, failureOf(error));
    }
  }

  /** What failed and cannot be seen either is best replaced: back to the start. */
  #fail(id: number, failure: Failure): void {
    const photo = this.#holder.find(id);
    if (photo && !photo.isShowable && this.state.photos.length === 1) {
      this.remove(id);
      this.#holder.set({ failure });
    } else this.#holder.patch(id, { work: { phase: 'failed', failure } });
  }

  /** Asks the service where the faces are; without an answer they are all made over. */
  async #findFaces({ id, file, faces }: Photo): Promise<void> {
    if (faces || this.#askedForFaces.has(id)) return;
    this.#askedForFaces.add(id);
    const found = await this.#parts.service.faces(file).then(spotsOf, () => []);
    if (!this.#holder.find(id)?.faces && found.length > 0) this.#holder.patch(id, { faces: found });
  }

  async #loadModels(): Promise<void> {
    if (this.state.models.length > 0 && this.state.limits) return;
    const catalog = await loadCatalog(this.#parts.service);
    const model = this.state.model ?? catalog.models[0].name;
    const photos = this.state.photos.map((photo) => ({
      ...photo,
      edits: { ...photo.edits, model: photo.edits.model ?? model },
    }));
    this.#holder.set({ ...catalog, model, photos });
  }

  #forget({ id, url, thumbnailUrl }: Photo): void {
    this.#results.forget(id);
    URL.revokeObjectURL(url);
    if (thumbnailUrl) URL.revokeObjectURL(thumbnailUrl);
  }
}
