import { HttpService } from '../api.ts';
import { DeviceError } from '../device/device-error.ts';
import { DeviceMaker } from '../device/device-maker.ts';
import type { Backend, DeviceNotice } from '../device/protocol.ts';
import type { DownloadProgress } from '../models/progress.ts';

export interface MakeoverOptions {
  /** Address of the service; that of this module's service when absent. */
  readonly service?: string;
  /** Name of a model; the service's first when absent. */
  readonly model?: string;
  /** 0 (nothing changes) to 1, which is the default. */
  readonly strength?: number;
  /** Ids of the faces that are made over, 1 for the largest; all when absent. */
  readonly faces?: readonly number[];
  /** `auto`, the default, is on the device where it can be, else on the server. */
  readonly where?: 'auto' | 'device' | 'server';
  /** What runs the networks on the device, tried in this order; the best when absent. */
  readonly backends?: readonly Backend[];
  /** Told how far the networks' download is, the first time that the device is used. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
}

export interface MadeOverPhoto {
  /** The whole photo at its own size and in its own format. */
  readonly image: Blob;
  /** How many faces were made over. */
  readonly faces: number;
  /** For example "feminine/2". */
  readonly modelVersion: string;
  readonly where: 'device' | 'server';
  /** What ran the networks on the device. */
  readonly backend?: Backend;
  readonly notices: readonly DeviceNotice[];
}

/** Workers that have started, by what they were started with. */
const makers = new Map<string, DeviceMaker>();

/**
 * Makes over the faces of a photo, on this device or on a server.
 *
 * @throws ServiceError or DeviceError, whose `code` says why; the signal's reason when it fires
 */
export async function makeover(file: Blob, options: MakeoverOptions = {}): Promise<MadeOverPhoto> {
  const { where = 'auto' } = options;
  if (where === 'server') return onServer(file, options);
  try {
    return await onDevice(file, options);
  } catch (error) {
    const isOurs =
      error instanceof DeviceError && ['DEVICE_FAILED', 'MEMORY_SHORT'].includes(error.code);
    if (where === 'auto' && isOurs) return onServer(file, options);
    throw error;
  }
}

async function onServer(file: Blob, options: MakeoverOptions): Promise<MadeOverPhoto> {
  const service = new HttpService(baseOf(options));
  const model = options.model ?? (await service.models()).models[0]?.name ?? '';
  const { strength = 1, faces } = options;
  const request = { photo: file, model, strength, ...(faces && { faces }) };
  const made = await service.makeOver(options.signal ?? new AbortController().signal, request);
  return { ...made, where: 'server', notices: [] };
}

async function onDevice(file: Blob, options: MakeoverOptions): Promise<MadeOverPhoto> {
  const base = baseOf(options);
  const service = new HttpService(base);
  const [{ models, detector }, { limits }] = await Promise.all([service.models(), service.info()]);
  const { model: wanted, strength = 1, faces, signal = new AbortController().signal } = options;
  const generator = wanted ? models.find(({ name }) => name === wanted) : models[0];
  if (!generator || !detector) {
    throw new DeviceError('MODEL_NOT_FOUND', `the service has no model ${wanted ?? 'at all'}`);
  }
  const { image, photo, backend, notices } = await makerFor(base, options).render(signal, {
    photo: file,
    detector: { name: detector.name, version: detector.version },
    generator: { name: generator.name, version: generator.version },
    strength,
    faces,
    ...limits,
  });
  return {
    image,
    faces: faces?.length ?? photo.faces.length,
    modelVersion: `${generator.name}/${generator.version}`,
    where: 'device',
    backend,
    notices,
  };
}

function baseOf({ service }: MakeoverOptions): string {
  return new URL(service ?? '..', service ? document.baseURI : import.meta.url).href;
}

/** One worker is kept for all calls that want the same. */
function makerFor(base: string, { backends, onProgress }: MakeoverOptions): DeviceMaker {
  const key = JSON.stringify([base, backends]);
  const maker = makers.get(key) ?? new DeviceMaker({ base, backends, onProgress });
  makers.set(key, maker);
  return maker;
}
