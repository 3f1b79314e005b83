import type { Made } from './maker.ts';
import { chosenFaces, type Photo, type Result } from './photo.ts';

/** Results at full strength by photo, model and faces, so that going back to one is instant. */
export class ResultCache {
  readonly #results = new Map<number, Map<string, Result>>();

  /** The photo with the result that belongs to its edits, or waiting for it. */
  attach(photo: Photo): Photo {
    if (chosenFaces(photo)?.length === 0) {
      return { ...photo, result: undefined, work: { phase: 'done' } };
    }
    const result = this.#results.get(photo.id)?.get(keyOf(photo));
    if (result) return { ...photo, result, work: { phase: 'done' } };
    // Until the new result is there, the one before is shown.
    return photo.work.phase === 'working' ? photo : { ...photo, work: { phase: 'waiting' } };
  }

  add(photo: Photo, made: Made): Result {
    const result = { ...made, url: URL.createObjectURL(made.image) };
    const results = this.#results.get(photo.id) ?? new Map<string, Result>();
    results.set(keyOf(photo), result);
    this.#results.set(photo.id, results);
    return result;
  }

  /** Puts a picture in place of the result of a photo, e.g. a larger one. */
  replace(photo: Photo, result: Result, image: Blob): Result {
    URL.revokeObjectURL(result.url);
    return this.add(photo, { ...result, image, isPreview: false });
  }

  /** Forgets the results of one photo. */
  forget(photoId: number): void {
    for (const { url } of this.#results.get(photoId)?.values() ?? []) URL.revokeObjectURL(url);
    this.#results.delete(photoId);
  }
}

function keyOf(photo: Photo): string {
  return `${photo.edits.model}/${chosenFaces(photo)?.join() ?? 'all'}`;
}
