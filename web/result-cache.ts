import type { Made } from './maker.ts';
import { chosenFaces, type Photo, type Result } from './photo.ts';

/** Results at full strength by photo, model and faces, so that going back to one is instant. */
export class ResultCache {
  readonly #results = new Map<number, Map<string, Result>>();

  get(photo: Photo): Result | undefined {
    return this.#results.get(photo.id)?.get(keyOf(photo));
  }

  add(photo: Photo, made: Made): Result {
    const result = { ...made, url: URL.createObjectURL(made.image) };
    const results = this.#results.get(photo.id) ?? new Map<string, Result>();
    results.set(keyOf(photo), result);
    this.#results.set(photo.id, results);
    return result;
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
