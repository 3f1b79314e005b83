import { Downloads } from '../models/download.ts';
import { ModelSource } from '../models/model-source.ts';
import { DeviceError } from './device-error.ts';
import { OpenPhoto } from './open-photo.ts';
import type { Backend, DeviceCalls, DeviceMethod, DeviceReply, DeviceRequest } from './protocol.ts';
import { startRuntime } from './runtime.ts';
import { WorkerModels } from './worker-models.ts';

/** Everything that takes time happens here, away from the page's own thread. */

type Handlers = {
  readonly [M in DeviceMethod]: (
    signal: AbortSignal,
    ...args: Parameters<DeviceCalls[M]>
  ) => Promise<ReturnType<DeviceCalls[M]>>;
};

let models: WorkerModels | undefined;
let photo: OpenPhoto | undefined;
const running = new Map<number, AbortController>();

const handlers: Handlers = {
  async start(_signal, backend: Backend, base: string, detector) {
    const downloads = new Downloads((progress) => send({ type: 'progress', progress }));
    const source = new ModelSource(base, downloads);
    const runtime = await startRuntime(backend, downloads, () => send({ type: 'starting' }));
    models = new WorkerModels(source, runtime, backend);
    // A graphics driver may hang or compute nonsense; WebAssembly cannot, and starts at once.
    if (backend.provider === 'webgpu') await models.detector(detector);
  },
  async load(_signal, generator) {
    await requireModels().generator(generator);
  },
  async open(signal, file, { detector, maxPixels, maxFaces }) {
    photo?.close();
    photo = undefined;
    const opened = await OpenPhoto.open(
      file,
      requireModels().detector(detector),
      maxPixels,
      maxFaces,
    );
    if (signal.aborted) opened.close();
    signal.throwIfAborted();
    photo = opened;
    return opened.describe();
  },
  async preview(_signal, options) {
    const opened = requirePhoto();
    return opened.preview(await requireModels().generator(options.generator), options);
  },
  async render(signal, options) {
    const opened = requirePhoto();
    return opened.render(await requireModels().generator(options.generator), options, signal);
  },
  async close() {
    photo?.close();
    photo = undefined;
  },
};

function requireModels(): WorkerModels {
  if (!models) throw new Error('the worker was asked before it was started');
  return models;
}

function requirePhoto(): OpenPhoto {
  if (!photo) throw new DeviceError('NO_IMAGE', 'there is no open photo');
  return photo;
}

function send(reply: DeviceReply): void {
  postMessage(reply);
}

async function answer(request: Exclude<DeviceRequest, { method: 'abort' }>): Promise<void> {
  const { id, method, args } = request;
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const handle = handlers[method] as (
      signal: AbortSignal,
      ...args: unknown[]
    ) => Promise<unknown>;
    send({ type: 'done', id, value: await handle(controller.signal, ...args) });
  } catch (error) {
    const code = error instanceof DeviceError ? error.code : 'DEVICE_FAILED';
    const detail = error instanceof Error ? error.message : String(error);
    send({ type: 'failed', id, code, detail });
  } finally {
    running.delete(id);
  }
}

addEventListener('message', ({ data }: MessageEvent<DeviceRequest>) => {
  if (data.method === 'abort') running.get(data.id)?.abort();
  else void answer(data);
});
