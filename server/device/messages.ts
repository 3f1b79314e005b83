import type { TensorSpec } from '../../models/contract/manifest.ts';
import type { TensorMap } from '../../models/contract/tensor.ts';
import type { LoadReport, LoadRequest, ModelReport } from '../photo/job.ts';
import type { Lane } from '../photo/lanes.ts';

/** How faces share batches. */
export interface BatchSettings {
  /** Increasing batch sizes; a batch is padded to the next one. */
  readonly buckets: readonly number[];
  /** Longest wait of a face for others. */
  readonly maxDelayMs: number;
}

/** What a device process starts with. */
export interface DeviceStart {
  readonly load: LoadRequest;
  readonly batches: BatchSettings;
  /** Path of the socket at which photo workers find it. */
  readonly socket: string;
}

/** From the service to a device process, over the process's own channel. */
export type DeviceRequest =
  | { readonly type: 'start'; readonly id: number; readonly start: DeviceStart }
  /** Holds the generators of these folders from now on, and no others. */
  | { readonly type: 'hold'; readonly id: number; readonly folders: readonly string[] }
  | { readonly type: 'ping'; readonly id: number };

export type DeviceReply =
  | { readonly type: 'started'; readonly id: number; readonly report: LoadReport }
  | { readonly type: 'held'; readonly id: number; readonly reports: readonly ModelReport[] }
  | { readonly type: 'failed'; readonly id: number; readonly reason: string }
  | { readonly type: 'pong'; readonly id: number; readonly state: DeviceState }
  /** A session failed on sound feeds: the device can be trusted no more. Answers no request. */
  | { readonly type: 'fault'; readonly reason: string };

/** What a device process tells about itself every now and then. */
export interface DeviceState {
  /** For how long the present run of a session takes, 0 when none runs. */
  readonly longestRunMs: number;
  /** Batches since the last time. */
  readonly batches: readonly BatchStats[];
}

/** Why a batch did not wait for more faces. */
export type ReleaseReason = 'full' | 'deadline' | 'idle';

export interface BatchStats {
  readonly reason: ReleaseReason;
  /** Faces without the padding. */
  readonly faces: number;
  readonly bucket: number;
}

/** From a photo worker to a device process, over the socket. */
export interface RunRequest {
  readonly id: number;
  /** `name/version` */
  readonly model: string;
  readonly lane: Lane;
  /** A run with these feeds ended a device process: it shares no batch. */
  readonly isRetry: boolean;
  readonly feeds: TensorMap;
}

/** The first message of a device process: from now on it counts the photo worker among its own. */
export interface Welcome {
  readonly isWelcome: true;
}

/** An error is the request's fault: when the device fails, the connection ends. */
export type RunReply =
  | { readonly id: number; readonly outputs: TensorMap }
  | { readonly id: number; readonly error: string };

/** What a thread with the session of one model starts with. */
export interface ThreadStart {
  /** With one folder. */
  readonly load: LoadRequest;
  /** Batch sizes to warm up. */
  readonly buckets: readonly number[];
}

export type ThreadReply =
  | { readonly type: 'loaded'; readonly report: LoadReport; readonly model?: ThreadModel }
  | { readonly type: 'outputs'; readonly outputs: TensorMap }
  | { readonly type: 'failed'; readonly reason: string };

export type ThreadRequest =
  | { readonly type: 'run'; readonly feeds: TensorMap }
  | { readonly type: 'release' };

/** What a thread's model is called and takes. */
export interface ThreadModel {
  /** `name/version` */
  readonly key: string;
  readonly inputs: readonly TensorSpec[];
}
