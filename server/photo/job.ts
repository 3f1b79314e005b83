import type { FacesView } from '../../models/contract/api/faces.ts';
import type { ErrorCode } from '../../models/contract/api/problem.ts';
import type { Face, FaceChoice } from '../../models/contract/face.ts';
import type { FaceChange } from './face-change.ts';
import type { ImageFormat, PhotoFormat } from './formats.ts';
import type { Lane } from './lanes.ts';

/** Everything here crosses the border between two processes. */
interface JobOnFile {
  /** The file as it was sent. */
  readonly file: Uint8Array;
  readonly maxPixels: number;
  readonly maxFaces: number;
}

/** One photo to be made over. */
export interface MakeoverJob extends JobOnFile {
  readonly kind: 'makeover';
  /** The generator, as `name/version`. */
  readonly model: string;
  /** 0 (nothing changes) to 1. */
  readonly strength: number;
  readonly faces: FaceChoice;
  /** The whole photo, or only the largest face as the generator answered it, at its own size. */
  readonly output: 'photo' | 'face';
  /** Undefined: the photo's own format; PNG for a face. */
  readonly format: ImageFormat | undefined;
  /** Of a lossy format, 1 to 100. Undefined: as fine as the photo came. */
  readonly quality: number | undefined;
}

/** One photo whose faces are to be found. */
export interface FacesJob extends JobOnFile {
  readonly kind: 'faces';
}

/** Aligned crops to be run through a generator as they are; `file` is the request's body. */
export interface InferJob extends JobOnFile {
  readonly kind: 'infer';
  /** The generator, as `name/version`. */
  readonly model: string;
  /** Length of the JSON at the beginning of the body, before binary tensors; undefined: all. */
  readonly jsonBytes: number | undefined;
}

export type PhotoJob = MakeoverJob | FacesJob | InferJob;

export interface MakeoverResult {
  readonly kind: 'makeover';
  /** The encoded picture. */
  readonly file: Uint8Array;
  readonly format: ImageFormat;
  /** The faces that were made over, largest first. */
  readonly faces: readonly Face[];
  /** What the generator did to them. */
  readonly change: FaceChange;
  /** Milliseconds by stage, in their order. */
  readonly timingsMs: Readonly<Record<string, number>>;
}

export interface FacesResult extends FacesView {
  readonly kind: 'faces';
  /** Milliseconds by stage, in their order. */
  readonly timingsMs: Readonly<Record<string, number>>;
}

export interface InferResult {
  readonly kind: 'infer';
  /** The answer's body. */
  readonly file: Uint8Array;
  /** Length of the JSON in it where binary tensors follow; undefined: all. */
  readonly jsonBytes: number | undefined;
  /** Number of crops. */
  readonly batch: number;
  /** Milliseconds by stage, in their order. */
  readonly timingsMs: Readonly<Record<string, number>>;
}

export type PhotoResult = MakeoverResult | FacesResult | InferResult;

/** What a job's worker answers. */
export type ResultOf<J extends PhotoJob> = Extract<PhotoResult, { readonly kind: J['kind'] }>;

/** Which execution provider is wanted, and whether the CPU may step in for it. */
export interface ProviderPolicy {
  readonly wanted: 'auto' | 'cpu' | 'cuda';
  readonly isStrict: boolean;
}

export type Provider = 'cpu' | 'cuda';

/** What a worker holds in memory: before its first photo, and from a later moment on. */
export interface LoadRequest {
  readonly provider: ProviderPolicy;
  /** Model folders: those of the generators, and the detector's; of several the first one's. */
  readonly folders: readonly string[];
  /** The CUDA card; 0 when absent. */
  readonly deviceId?: number;
  /** Whether batches come in a few fixed sizes. */
  readonly hasFixedShapes?: boolean;
  /** Sockets of the device processes that run the generators; absent: the process itself does. */
  readonly devices?: readonly string[];
}

/** What became of one model in a worker. */
export interface ModelReport {
  readonly folder: string;
  /** Why the model cannot serve; undefined when it passed every check. */
  readonly reason?: string;
  /** Why another of its files serves than the one meant for the provider. */
  readonly note?: string;
}

export interface LoadReport {
  readonly provider: Provider;
  /** Why models do not run on CUDA, where that was wanted or tried. */
  readonly providerReason?: string;
  readonly models: readonly ModelReport[];
}

export type WorkerRequest =
  | { readonly type: 'load'; readonly load: LoadRequest }
  | { readonly type: 'photo'; readonly job: PhotoJob; readonly lane: Lane }
  /** Nobody waits for the photo in work any more: it ends before its next stage. */
  | { readonly type: 'cancel' }
  /** A tiny inference by each model, to prove that the worker still can. */
  | { readonly type: 'probe' };

/** What a worker says about one photo. Its resident memory comes along, so that growth is seen. */
export type PhotoReply =
  | { readonly type: 'done'; readonly result: PhotoResult; readonly rssBytes: number }
  | {
      readonly type: 'refused';
      readonly code: ErrorCode;
      readonly detail: string;
      readonly rssBytes: number;
    }
  | { readonly type: 'canceled'; readonly rssBytes: number };

export type WorkerReply =
  | {
      readonly type: 'loaded';
      readonly report: LoadReport;
      readonly inputFormats: readonly PhotoFormat[];
    }
  | { readonly type: 'loadFailed'; readonly reason: string }
  | PhotoReply
  | { readonly type: 'probed' }
  | { readonly type: 'probeFailed'; readonly reason: string }
  /** Answers nothing: said every now and then while a photo is in work. */
  | { readonly type: 'alive' };
