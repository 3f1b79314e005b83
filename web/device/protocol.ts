import type { Face } from '../../models/contract/face.ts';
import type { FailureCode } from '../failure.ts';
import type { ModelAddress } from '../models/address.ts';
import type { DownloadProgress } from '../models/progress.ts';

/** What the page and its worker say to each other. */

/** What runs the networks in the browser. */
export type Backend =
  | { readonly provider: 'webgpu' }
  | { readonly provider: 'wasm'; readonly threads: number };

/** Something that the result differs in from what was asked for. */
export type DeviceNotice =
  /** The photo has more pixels than this device can hold. */
  | { readonly kind: 'reduced'; readonly width: number; readonly height: number }
  /** The browser cannot write the photo's own format. */
  | { readonly kind: 'format'; readonly mediaType: string };

export interface OpenOptions {
  readonly detector: ModelAddress;
  readonly maxPixels: number;
  readonly maxFaces: number;
}

export interface OpenedPhoto {
  /** Of the result, upright, in px. */
  readonly width: number;
  readonly height: number;
  /** Media type of the result. */
  readonly mediaType: string;
  readonly notices: readonly DeviceNotice[];
  /** Largest first, in px of the upright photo. */
  readonly faces: readonly Face[];
}

export interface BlendOptions {
  readonly generator: ModelAddress;
  /** 0 to 1. */
  readonly strength: number;
  /** Ids of the faces that are made over; all when absent. */
  readonly faces?: readonly number[];
}

export interface PreviewOptions extends BlendOptions {
  /** Longest side of the preview in px. */
  readonly maxSide: number;
}

/** A call to the worker: what goes in and what comes back. */
export interface DeviceCalls {
  start(backend: Backend, base: string, detector: ModelAddress): void;
  /** Gets a generator ready, so that it is when the photo is. */
  load(generator: ModelAddress): void;
  open(file: Blob, options: OpenOptions): OpenedPhoto;
  preview(options: PreviewOptions): Blob;
  render(options: BlendOptions): Blob;
  close(): void;
}

export type DeviceMethod = keyof DeviceCalls;

export type DeviceRequest =
  | {
      readonly [M in DeviceMethod]: {
        readonly id: number;
        readonly method: M;
        readonly args: Parameters<DeviceCalls[M]>;
      };
    }[DeviceMethod]
  | { readonly id: number; readonly method: 'abort' };

export type DeviceReply =
  | { readonly type: 'progress'; readonly progress: DownloadProgress }
  /** Everything is there; from now on the start is this device's own affair. */
  | { readonly type: 'starting' }
  | { readonly type: 'done'; readonly id: number; readonly value: unknown }
  | {
      readonly type: 'failed';
      readonly id: number;
      readonly code: FailureCode;
      readonly detail: string;
    };
