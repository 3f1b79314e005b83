import type { CropGeometry } from '../../models/contract/crop.ts';
import type { CelebaFolder } from '../data/celeba.ts';
import { centreCrops } from '../data/crop-view.ts';
import type { CropStore } from '../data/crops.ts';
import { parseExpression } from '../data/expression.ts';
import { type Population, type Selection, selectPopulations } from '../data/populations.ts';

/** Faces in memory: uint8 RGB at crop size, [n, h, w, 3], with their file names. */
export interface Faces {
  readonly files: readonly string[];
  readonly levels: Uint8Array;
}

/** The faces that a generator is measured on. */
export class TestFaces {
  readonly folder: CelebaFolder;
  readonly selection: Selection;
  readonly crop: CropGeometry;
  readonly #store: CropStore;

  constructor(folder: CelebaFolder, selection: Selection, store: CropStore) {
    this.folder = folder;
    this.selection = selection;
    this.crop = store.crop;
    this.#store = store;
  }

  /** Throws an Error that names the targets of the selection. */
  population(target: string, split: number): { sources: Faces; targets: Faces } {
    const populations = selectPopulations(this.folder, this.selection, split);
    const found = populations.find(({ name }) => name === target);
    if (found === undefined) {
      const names = populations.map(({ name }) => name).join(', ');
      throw new Error(`the selection has no target ${target}; it has ${names}`);
    }
    return { sources: this.#load(found.sources), targets: this.#load(found.targets) };
  }

  /** Every face of a split with whether a term such as `!Male` is true of it by its labels. */
  labelled(split: number, term: string): { faces: Faces; labels: boolean[] } {
    const expression = parseExpression(term, this.folder.attributes);
    const members = this.folder.faces.filter(
      (face) => face.split === split && this.#store.index.has(face.file),
    );
    const labels = members.map(({ has }) =>
      expression.matches((attribute) => has[this.folder.attributes.indexOf(attribute)] === true),
    );
    return { faces: this.#load(members), labels };
  }

  /** The term that names a target's population, without those that narrow it. */
  firstTerm(target: string): string {
    const text = this.selection.targets[target] ?? '';
    return parseExpression(text, this.folder.attributes).terms[0] ?? '';
  }

  #load(members: Population['sources']): Faces {
    const files = members.map((face) => face.file).filter((file) => this.#store.index.has(file));
    return { files, levels: centreCrops(this.#store, files) };
  }
}
