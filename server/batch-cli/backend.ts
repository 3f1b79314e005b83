import type { ImageFormat, PhotoFormat } from '../photo/formats.ts';

/** What is asked for, beside the model: the parameters of POST /v1/makeover as they are sent. */
export type MakeoverValues = Readonly<
  Partial<Record<'strength' | 'faces' | 'quality' | 'format', string>>
>;

/** A photo that is to be made over. */
export interface PhotoInput {
  readonly file: Buffer;
  /** SHA-256 of the file, in hexadecimal digits. */
  readonly contentHash: string;
  /** As its first bytes say. */
  readonly photoFormat: PhotoFormat;
  /** Of the result. */
  readonly format: ImageFormat;
}

export interface PhotoOutput {
  readonly file: Uint8Array;
  /** Number of faces made over. */
  readonly faces: number;
}

/** Who makes the photos over: a service, or workers of this process. */
export interface Backend {
  /** What all photos of the run get, as `name/version`. */
  readonly modelVersion: string;
  /** Larger files are not even read. */
  readonly maxFileBytes: number;
  /** Photos at a time that keep it busy. */
  readonly concurrency: number;
  /**
   * Makes a photo over, however long that has to wait.
   *
   * @throws ProblemError when the photo cannot be made over; RunError when none can
   */
  makeOver(photo: PhotoInput, signal: AbortSignal): Promise<PhotoOutput>;
  close(): Promise<void>;
}
