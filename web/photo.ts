import type { FaceSpot } from './face-spot.ts';
import type { Failure } from './failure.ts';
import type { Made } from './maker.ts';
import type { DownloadProgress } from './models/progress.ts';

/** What the visitor wants made of a photo. */
export interface Edits {
  /** Name of the model; undefined until the service has told which there are. */
  readonly model: string | undefined;
  /** 0 to 1. */
  readonly strength: number;
  /** Ids of the faces that stay as they are. */
  readonly leftOut: readonly number[];
}

export interface Result extends Made {
  /** Object URL of the picture at full strength. */
  readonly url: string;
}

export type Work =
  | { readonly phase: 'waiting' }
  /** With `download` while this device fetches its networks. */
  | { readonly phase: 'working'; readonly download?: DownloadProgress }
  | { readonly phase: 'done' }
  | { readonly phase: 'failed'; readonly failure: Failure };

/** What a browser makes of a file at first sight. */
export interface Look {
  /** False for formats that this browser cannot show; the service may still read them. */
  readonly isShowable: boolean;
  /** Object URL of a small picture. */
  readonly thumbnailUrl?: string;
}

/** A photo that the visitor has opened. */
export interface Photo extends Look {
  readonly id: number;
  readonly file: Blob;
  readonly name: string;
  /** Object URL of the file. */
  readonly url: string;
  readonly edits: Edits;
  /** Earlier edits, to go back to; the latest last. */
  readonly past: readonly Edits[];
  /** The largest first; undefined until they are known. */
  readonly faces: readonly FaceSpot[] | undefined;
  /** The latest; undefined while there is none, and where no face is made over. */
  readonly result: Result | undefined;
  readonly work: Work;
}

/** A photo after an edit, which can be undone. A slider's many values are one edit. */
export function edit(photo: Photo, change: Partial<Edits>): Photo {
  const { edits, past } = photo;
  const last = past.at(-1);
  const isSlide = 'strength' in change && last !== undefined && differsInStrength(last, edits);
  return { ...photo, edits: { ...edits, ...change }, past: isSlide ? past : [...past, edits] };
}

/** A photo before its latest edit. */
export function undoEdit(photo: Photo): Photo {
  const edits = photo.past.at(-1);
  return edits ? { ...photo, edits, past: photo.past.slice(0, -1) } : photo;
}

function differsInStrength(a: Edits, b: Edits): boolean {
  return a.strength !== b.strength && a.model === b.model && a.leftOut === b.leftOut;
}

/** Ids of the faces to make over; undefined for all. */
export function chosenFaces({ faces, edits }: Photo): readonly number[] | undefined {
  if (!faces || edits.leftOut.length === 0) return undefined;
  return faces.map(({ id }) => id).filter((id) => !edits.leftOut.includes(id));
}
