import type { Random, RandomState } from '../random.ts';
import type { CelebaFace } from './celeba.ts';
import type { CropStore } from './crops.ts';
import { copyJittered, type Jitter, randomPlacement } from './jitter.ts';
import type { Population } from './populations.ts';

/** Pictures as uint8 RGB, [n, h, w, 3], and what belongs to each row. */
export interface Batch {
  /** Faces to be made over. */
  readonly sources: Uint8Array;
  /** Target that each source is made over to. */
  readonly sourceLabels: Int32Array;
  /** Target that each source belongs to as it is. */
  readonly ownLabels: Int32Array;
  /** Real faces of the targets. */
  readonly reals: Uint8Array;
  readonly realLabels: Int32Array;
}

export interface SamplerState {
  readonly random: RandomState;
  readonly decks: readonly DeckState[];
}

interface DeckState {
  readonly order: readonly number[];
  readonly next: number;
}

/**
 * Draws batches with an equal share for each target. Every face is drawn once before any is drawn
 * again; each is jittered.
 */
export class Sampler {
  readonly #store: CropStore;
  readonly #populations: readonly Population[];
  readonly #jitter: Jitter;
  readonly #random: Random;
  readonly #sourceDecks: Deck[];
  readonly #targetDecks: Deck[];

  /** @param store decoded with `jitterMargin(jitter, crop)` px around each crop */
  constructor(
    store: CropStore,
    populations: readonly Population[],
    jitter: Jitter,
    random: Random,
  ) {
    this.#store = store;
    this.#populations = populations;
    this.#jitter = jitter;
    this.#random = random;
    const readable = (faces: Population['targets']): number[] =>
      faces.flatMap((face, i) => (store.index.has(face.file) ? [i] : []));
    this.#sourceDecks = populations.map(({ sources }) => new Deck(readable(sources), random));
    this.#targetDecks = populations.map(({ targets }) => new Deck(readable(targets), random));
  }

  /** @param size faces of each kind, a multiple of the number of targets */
  next(size: number): Batch {
    const { width, height } = this.#store.crop;
    const pixels = width * height * 3;
    const batch: Batch = {
      sources: new Uint8Array(size * pixels),
      sourceLabels: new Int32Array(size),
      ownLabels: new Int32Array(size),
      reals: new Uint8Array(size * pixels),
      realLabels: new Int32Array(size),
    };
    for (let i = 0; i < size; i++) {
      const k = i % this.#populations.length;
      const { sources, sourceTargets, targets } = this.#populations[k] as Population;
      const source = (this.#sourceDecks[k] as Deck).draw();
      const target = (this.#targetDecks[k] as Deck).draw();
      this.#copy(sources[source], batch.sources, i * pixels);
      this.#copy(targets[target], batch.reals, i * pixels);
      batch.sourceLabels[i] = k;
      batch.ownLabels[i] = sourceTargets[source] as number;
      batch.realLabels[i] = k;
    }
    return batch;
  }

  #copy(face: CelebaFace | undefined, out: Uint8Array, offset: number): void {
    if (face === undefined) throw new Error('a deck drew a face that its population does not have');
    const placement = randomPlacement(this.#jitter, this.#random);
    copyJittered(this.#store, face.file, placement, out, offset);
  }

  get state(): SamplerState {
    return {
      random: this.#random.state,
      decks: [...this.#sourceDecks, ...this.#targetDecks].map((deck) => deck.state),
    };
  }

  set state(state: SamplerState) {
    this.#random.state = state.random;
    [...this.#sourceDecks, ...this.#targetDecks].forEach((deck, i) => {
      deck.state = state.decks[i] as DeckState;
    });
  }
}

/** A shuffled deck of indices, reshuffled when it is used up. */
class Deck {
  #order: number[];
  #next: number;
  readonly #random: Random;

  constructor(indices: number[], random: Random) {
    this.#order = indices;
    this.#next = indices.length;
    this.#random = random;
  }

  draw(): number {
    if (this.#next >= this.#order.length) {
      this.#random.shuffle(this.#order);
      this.#next = 0;
    }
    return this.#order[this.#next++] as number;
  }

  get state(): DeckState {
    return { order: [...this.#order], next: this.#next };
  }

  set state(state: DeckState) {
    this.#order = [...state.order];
    this.#next = state.next;
  }
}
