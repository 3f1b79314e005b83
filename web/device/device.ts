import type { ModelAddress } from '../models/address.ts';
import type { Backend, DeviceNotice, OpenedPhoto } from './protocol.ts';

/** Longest side of a preview in px: as many as most windows show. */
export const PREVIEW_SIDE = 1536;

export interface DeviceRequest {
  readonly photo: Blob;
  readonly detector: ModelAddress;
  readonly generator: ModelAddress;
  /** 0 to 1. */
  readonly strength: number;
  /** Ids of the faces that are made over; all when absent. */
  readonly faces?: readonly number[] | undefined;
  readonly maxPixels: number;
  readonly maxFaces: number;
}

export interface DeviceResult {
  readonly image: Blob;
  readonly photo: OpenedPhoto;
  readonly backend: Backend;
  readonly notices: readonly DeviceNotice[];
}

/** What makes photos over on this device. */
export interface Device {
  /**
   * The photo made over, small, to be shown.
   *
   * @throws DeviceError, or the signal's reason when it fires
   */
  preview(signal: AbortSignal, request: DeviceRequest): Promise<DeviceResult>;
  /**
   * The photo made over at full size, as a file to keep.
   *
   * @throws DeviceError, or the signal's reason when it fires
   */
  render(signal: AbortSignal, request: DeviceRequest): Promise<DeviceResult>;
  /** Gives back what it holds; it starts again when it is asked again. */
  stop(): void;
}
