import type { Photo } from './photo.ts';
import { INITIAL_STATE, type State } from './state.ts';

/** Holds a state, and tells of each change. */
export class StateHolder {
  readonly #onChange: (state: State) => void;
  #state = INITIAL_STATE;

  constructor(onChange: (state: State) => void) {
    this.#onChange = onChange;
  }

  get state(): State {
    return this.#state;
  }

  set(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    this.#onChange(this.#state);
  }

  find(id: number): Photo | undefined {
    return this.#state.photos.find((photo) => photo.id === id);
  }

  /** Changes one of the photos, where it is still open. */
  patch(id: number, change: Partial<Photo>): void {
    const photos = this.#state.photos.map((photo) =>
      photo.id === id ? { ...photo, ...change } : photo,
    );
    this.set({ photos });
  }
}
