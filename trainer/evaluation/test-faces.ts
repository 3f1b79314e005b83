import type { CropGeometry } from '../../models/contract/crop.ts';
import type { CelebaFolder } from '../data/celeba.ts';
import type { CropStore } from '../data/crop-file.ts';
import { centreCrops, copyCrop, randomView } from '../data/crop-view.ts';
import { parseExpression } from '../data/expression.ts';
import { type Population, type Selection, selectPopulations } from '../data/populations.ts';
import type { Random } from '../random.ts';
import { throughJpeg } from './instruments/augment.ts';

/** Faces in memory: uint8 RGB at crop size, [n, h, w, 3], with their file names. */
export interface Faces {
  readonly files: readonly string[];
  readonly levels: Uint8Array;
}

/** Some faces of a set, by index. */
export function pickFaces({ files, levels }: Faces, chosen: readonly number[]): Faces {
  const bytes = levels.length / files.length;
  const picked = new Uint8Array(chosen.length * bytes);
  chosen.forEach((face, i) =>
    picked.set(levels.subarray(face * bytes, (face + 1) * bytes), i * bytes),
  );
  return { files: chosen.map((face) => files[face] as string), levels: picked };
}

/** Several sets as one. */
export function poolFaces(sets: readonly Faces[]): Faces {
  const levels = new Uint8Array(sets.reduce((length, set) => length + set.levels.length, 0));
  let offset = 0;
  for (const set of sets) {
    levels.set(set.levels, offset);
    offset += set.levels.length;
  }
  return { files: sets.flatMap(({ files }) => files), levels };
}

/** Real faces with what the data set says about them. */
export interface LabelledFaces {
  readonly faces: Faces;
  /** One row per face, one value per attribute of the data set. */
  readonly has: readonly (readonly boolean[])[];
  /** Whether a term is true of each face. */
  readonly isTarget: readonly boolean[];
}

/** One way of making over the sources of a split, by a model or without one. */
export interface Subject {
  /** As it stands in tables, e.g. "do nothing". */
  readonly of: string;
  /** One result per source, in their order. */
  readonly faces: Faces;
}

/** Views of a face are shifted by up to this many px; the store must hold them. */
export const VIEW_SHIFT = 6;
const VIEW_JPEG_QUALITY = 50;

/** The faces that a generator is measured on. */
export class TestFaces {
  readonly folder: CelebaFolder;
  readonly selection: Selection;
  readonly crop: CropGeometry;
  readonly store: CropStore;

  /** @param store decoded with a margin of `VIEW_SHIFT` */
  constructor(folder: CelebaFolder, selection: Selection, store: CropStore) {
    this.folder = folder;
    this.selection = selection;
    this.crop = store.crop;
    this.store = store;
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

  /** Every face of a split with its labels, and whether a term such as `!Male` is true of it. */
  labelled(split: number, term: string): LabelledFaces {
    const expression = parseExpression(term, this.folder.attributes);
    const members = this.folder.faces.filter(
      (face) => face.split === split && this.store.index.has(face.file),
    );
    const isTarget = members.map(({ has }) =>
      expression.matches((attribute) => has[this.folder.attributes.indexOf(attribute)] === true),
    );
    return { faces: this.#load(members), has: members.map(({ has }) => has), isTarget };
  }

  /** Faces shifted by up to 6 px, mirrored at random, after JPEG of quality 50. */
  async augmentedViews(files: readonly string[], random: Random): Promise<Faces> {
    const { width, height } = this.crop;
    const bytes = width * height * 3;
    const levels = new Uint8Array(files.length * bytes);
    // One after the other, so that the draws of `random` do not depend on timing.
    for (const [i, file] of files.entries()) {
      const face = new Uint8Array(bytes);
      copyCrop(this.store, file, randomView(this.store, random), face, 0);
      levels.set(await throughJpeg(face, width, height, VIEW_JPEG_QUALITY), i * bytes);
    }
    return { files, levels };
  }

  /** The term that names a target's population, without those that narrow it. */
  firstTerm(target: string): string {
    const text = this.selection.targets[target] ?? '';
    return parseExpression(text, this.folder.attributes).terms[0] ?? '';
  }

  #load(members: Population['sources']): Faces {
    const files = members.map((face) => face.file).filter((file) => this.store.index.has(file));
    return { files, levels: centreCrops(this.store, files) };
  }
}
