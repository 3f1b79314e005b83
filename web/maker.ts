import type { ModelView } from '../models/contract/api/models.ts';
import { type Makeover, type Service, ServiceError } from './api.ts';
import { type Device, type DeviceRequest, PREVIEW_SIDE } from './device/device.ts';
import { DeviceError } from './device/device-error.ts';
import type { Backend, DeviceNotice } from './device/protocol.ts';
import { type FaceSpot, spotsOf } from './face-spot.ts';
import type { FailureCode } from './failure.ts';
import type { KnownLimits } from './texts.ts';

/** Where photos are made over; `auto` is on the device where it can be, else on the server. */
export type Place = 'auto' | 'device' | 'server';

export interface MakeRequest {
  readonly file: Blob;
  /** False for formats that this browser cannot show; the service may still read them. */
  readonly isShowable: boolean;
  readonly generator: ModelView;
  /** Finds the faces, on this device; missing where the service offers none to devices. */
  readonly detector: ModelView | undefined;
  readonly limits: KnownLimits;
  /** 0 to 1. */
  readonly strength: number;
  /** Ids of the faces that are made over; all when absent. */
  readonly faces?: readonly number[];
}

export interface Made extends Makeover {
  /** What ran the networks on this device; undefined when the server did. */
  readonly backend?: Backend;
  readonly notices?: readonly DeviceNotice[];
  /** Whether the picture is smaller than the photo, which is not too large to be shown whole. */
  readonly isPreview?: boolean;
  /** All faces of the photo, where the answer tells them. */
  readonly found?: readonly FaceSpot[];
}

export interface MakerParts {
  readonly service: Pick<Service, 'makeOver'>;
  /** Missing where photos can only be made over on the server. */
  readonly device?: Device;
}

/** A second picture beside the photo itself: what phones still hold decoded. */
const MAX_SHOWN_PIXELS = 25e6;

/** What this device cannot do, but a server perhaps can. */
const SERVER_MAY: readonly FailureCode[] = ['DEVICE_FAILED', 'MEMORY_SHORT', 'TYPE_NOT_ALLOWED'];

/** Makes photos over on the device or on the server, as the visitor wants. */
export class Maker {
  readonly #parts: MakerParts;

  constructor(parts: MakerParts) {
    this.#parts = parts;
  }

  /**
   * A picture to show: small from the device, the whole file from the server.
   *
   * @throws DeviceError or ServiceError; the signal's reason when it fires
   */
  async show(signal: AbortSignal, place: Place, request: MakeRequest): Promise<Made> {
    const { device } = this.#parts;
    if (!device || place === 'server') return this.#askService(signal, request);
    try {
      const { image, photo, backend, notices } = await device.preview(signal, forDevice(request));
      const { name, version } = request.generator;
      const modelVersion = `${name}/${version}`;
      const faces = request.faces?.length ?? photo.faces.length;
      const { width, height } = photo;
      const isPreview =
        Math.max(width, height) > PREVIEW_SIDE && width * height <= MAX_SHOWN_PIXELS;
      return { image, faces, modelVersion, backend, notices, isPreview, found: spotsOf(photo) };
    } catch (error) {
      const isOurs = error instanceof DeviceError && SERVER_MAY.includes(error.code);
      if (place === 'device' || !isOurs || signal.aborted) throw error;
      return this.#askService(signal, request);
    }
  }

  /**
   * The file to keep, at full size, from where the shown picture came from.
   *
   * @throws DeviceError or ServiceError; the signal's reason when it fires
   */
  async render(signal: AbortSignal, shown: Made, request: MakeRequest): Promise<Blob> {
    const { device } = this.#parts;
    if (shown.backend && device) return (await device.render(signal, forDevice(request))).image;
    return request.strength === 1 ? shown.image : (await this.#askService(signal, request)).image;
  }

  /** Gives back what the device holds. */
  stopDevice(): void {
    this.#parts.device?.stop();
  }

  #askService(
    signal: AbortSignal,
    { file, isShowable, generator, strength, limits, faces }: MakeRequest,
  ): Promise<Makeover> {
    if (file.size > limits.maxUploadBytes) {
      throw new ServiceError('FILE_TOO_LARGE', 'The file is larger than the service takes.');
    }
    // What the browser cannot show comes back as JPEG, which it can.
    const format = isShowable ? {} : { format: 'jpeg' as const };
    const chosen = faces ? { faces } : {};
    const request = { photo: file, model: generator.name, strength, ...chosen, ...format };
    return this.#parts.service.makeOver(signal, request);
  }
}

function forDevice(request: MakeRequest): DeviceRequest {
  const { file, generator, detector, limits, strength, faces } = request;
  if (!detector) {
    throw new DeviceError('DEVICE_FAILED', 'the service offers no face detector to devices');
  }
  const { maxPixels, maxFaces } = limits;
  return {
    photo: file,
    detector: { name: detector.name, version: detector.version },
    generator: { name: generator.name, version: generator.version },
    strength,
    faces,
    maxPixels,
    maxFaces,
  };
}
