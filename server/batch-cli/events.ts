import type { PhotoFailure } from './failure.ts';

/** What became of a photo. */
export type PhotoEvent = { readonly input: string } & (
  | {
      readonly state: 'succeeded';
      /** Below OUT. */
      readonly output: string;
      readonly faces: number;
      /** From the reading of the file to the end of writing the result. */
      readonly ms: number;
    }
  /** It was done before, from the same content and with the same parameters. */
  | { readonly state: 'skipped'; readonly output: string }
  | ({ readonly state: 'failed' } & PhotoFailure)
);

/** Number of photos by what became of them. */
export type PhotoCounts = Readonly<Record<PhotoEvent['state'], number>>;

/** Tells what happens. */
export interface Reporter {
  /** @param total undefined while new photos are waited for */
  start(modelVersion: string, total: number | undefined): void;
  photo(event: PhotoEvent): void;
  end(counts: PhotoCounts, isInterrupted: boolean): void;
}
