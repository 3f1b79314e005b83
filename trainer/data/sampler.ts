import { Random, type RandomState } from '../random.ts';
import type { CelebaFace } from './celeba.ts';
import { changeColors, randomColorChange } from './color-jitter.ts';
import type { CropStore } from './crop-file.ts';
import { copyJittered, type Jitter, randomPlacement } from './jitter.ts';

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

/** Where a sampler stands: small, however many faces there are, since it goes with every batch. */
export interface SamplerState {
  readonly random: RandomState;
  readonly decks: readonly DeckState[];
}

interface DeckState {
  /** Where the random numbers stood when the deck was last shuffled. */
  readonly shuffledFrom: RandomState;
  readonly next: number;
}

/** What a sampler must know of a population (`populations.ts`). */
export interface SampledPopulation {
  readonly targets: readonly SampledFace[];
  readonly sources: readonly SampledFace[];
  readonly sourceTargets: readonly number[];
}

type SampledFace = Pick<CelebaFace, 'file'>;

/**
 * Draws batches with an equal share for each target. Every face is drawn once before any is drawn
 * again; each is jittered.
 */
export class Sampler {
  readonly #store: CropStore;
  readonly #populations: readonly SampledPopulation[];
  readonly #jitter: Jitter;
  readonly #random: Random;
  readonly #sourceDecks: Deck[];
  readonly #targetDecks: Deck[];

  /** @param store decoded with `jitterMargin(jitter, crop)` px around each crop */
  constructor(
    store: CropStore,
    populations: readonly SampledPopulation[],
    jitter: Jitter,
    random: Random,
  ) {
    this.#store = store;
    this.#populations = populations;
    this.#jitter = jitter;
    this.#random = random;
    const readable = (faces: readonly SampledFace[]): number[] =>
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
      const { sources, sourceTargets, targets } = this.#populations[k] as SampledPopulation;
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

  #copy(face: SampledFace | undefined, out: Uint8Array, offset: number): void {
    if (face === undefined) throw new Error('a deck drew a face that its population does not have');
    const placement = randomPlacement(this.#jitter, this.#random);
    copyJittered(this.#store, face.file, placement, out, offset);
    const { crop } = this.#store;
    const levels = out.subarray(offset, offset + crop.width * crop.height * 3);
    const change = this.#jitter.color && randomColorChange(this.#jitter.color, this.#random);
    if (change !== undefined) changeColors(levels, change);
  }

  get state(): SamplerState {
    return {
      random: this.#random.state,
      decks: [...this.#sourceDecks, ...this.#targetDecks].map((deck) => deck.state),
    };
  }

  /** Throws an Error for a state that is not of such a sampler. */
  set state(state: SamplerState) {
    this.#random.state = state.random;
    [...this.#sourceDecks, ...this.#targetDecks].forEach((deck, i) => {
      const deckState = state.decks[i];
      if (deckState?.shuffledFrom === undefined) {
        throw new Error(
          'the checkpoint does not say how its faces were shuffled: it is of an older version or ' +
            'of other targets, so go on from its networks in a new run with --from',
        );
      }
      deck.state = deckState;
    });
  }
}

/** A shuffled deck of indices, shuffled anew from their own order when it is used up. */
class Deck {
  readonly #indices: readonly number[];
  readonly #random: Random;
  #shuffledFrom: RandomState;
  #order: number[];
  #next = 0;

  constructor(indices: readonly number[], random: Random) {
    this.#indices = indices;
    this.#random = random;
    this.#shuffledFrom = random.state;
    this.#order = shuffled(indices, random);
  }

  draw(): number {
    if (this.#next >= this.#order.length) {
      this.#shuffledFrom = this.#random.state;
      this.#order = shuffled(this.#indices, this.#random);
      this.#next = 0;
    }
    return this.#order[this.#next++] as number;
  }

  get state(): DeckState {
    return { shuffledFrom: this.#shuffledFrom, next: this.#next };
  }

  set state({ shuffledFrom, next }: DeckState) {
    const random = new Random(0);
    random.state = shuffledFrom;
    this.#shuffledFrom = shuffledFrom;
    this.#order = shuffled(this.#indices, random);
    this.#next = next;
  }
}

function shuffled(indices: readonly number[], random: Random): number[] {
  const order = [...indices];
  random.shuffle(order);
  return order;
}
