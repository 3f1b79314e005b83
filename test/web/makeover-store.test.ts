import { expect, test } from 'vitest';
import type { FacesView } from '../../models/contract/api/faces.ts';
import type { ModelView } from '../../models/contract/api/models.ts';
import type { InfoView } from '../../models/contract/api/service.ts';
import { type Makeover, type MakeoverRequest, type Service, ServiceError } from '../../web/api.ts';
import type { Device } from '../../web/device/device.ts';
import { MakeoverStore } from '../../web/makeover-store.ts';
import type { Photo } from '../../web/photo.ts';
import { currentPhoto } from '../../web/state.ts';

const info: InfoView = {
  version: '0.0.0',
  state: 'ready',
  queue: 'free',
  provider: 'cpu',
  models: [],
  limits: { maxUploadBytes: 1000, maxPixels: 1e6, maxFaces: 8, timeoutMs: 1000 },
  inputTypes: ['image/jpeg'],
  outputTypes: ['image/jpeg'],
  access: { needsKey: false },
  privacy: {
    statement: 'Nothing is kept.',
    writesPhotosToDisk: false,
    resultCacheBytes: 0,
    keepsBatchesS: 0,
    removesMetadata: true,
    aiEditMark: { property: 'Iptc4xmpExt:DigitalSourceType', value: 'edited' },
  },
};

function viewOf(name: string, state: ModelView['state'] = 'active'): ModelView {
  return { name, version: 1, title: name, state, provider: 'cpu', versions: [] };
}

function facesOf(ids: readonly number[]): FacesView {
  const point = { x: 0, y: 0 };
  const marks = { leftEye: point, rightEye: point, nose: point, mouth: point };
  const quality = { reasons: [], eyeDistancePx: 9, turn: 0, sharpness: 1, visibleShare: 1 };
  const rest = { ...marks, leftEar: point, rightEar: point, score: 1, quality };
  const box = { x: 10, y: 10, width: 20, height: 20 };
  return { width: 100, height: 50, faces: ids.map((id) => ({ id, box, ...rest })) };
}

/** Keeps the requests and lets the test answer them in any order. */
class ControlledService implements Service {
  readonly requests: MakeoverRequest[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #answers: ((answer: Makeover | Promise<never>) => void)[] = [];
  isReachable = true;
  faceIds: readonly number[] = [1];
  askedForFaces = 0;

  async models() {
    if (!this.isReachable) throw new ServiceError('OFFLINE', 'no route');
    const models = [viewOf('broken', 'failed'), viewOf('feminine'), viewOf('masculine')];
    return { models, detector: viewOf('face-detector') };
  }

  async info() {
    return info;
  }

  async faces() {
    this.askedForFaces++;
    return facesOf(this.faceIds);
  }

  async makeOver(signal: AbortSignal, request: MakeoverRequest): Promise<Makeover> {
    this.requests.push(request);
    this.signals.push(signal);
    return new Promise<Makeover>((resolve) => this.#answers.push(resolve));
  }

  async succeed(at: number): Promise<void> {
    const image = new Blob([`result ${at}`]);
    this.#answers[at]?.({ image, faces: 1, modelVersion: 'any/1' });
    await settle();
  }

  async fail(at: number, code: ServiceError['code']): Promise<void> {
    this.#answers[at]?.(Promise.reject(new ServiceError(code, 'refused')));
    await settle();
  }
}

function createStore(service: Service, isShowable = true): MakeoverStore {
  return new MakeoverStore({ service, lookAt: async () => ({ isShowable }), onChange: () => {} });
}

function current(store: MakeoverStore): Photo {
  const photo = currentPhoto(store.state);
  if (!photo) throw new Error('no photo is shown');
  return photo;
}

const resultText = (store: MakeoverStore) => current(store).result?.image.text();

/** Lets everything that needs no answer of the service happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const file = new Blob(['photo']);

async function open(store: MakeoverStore, ...names: string[]): Promise<void> {
  await store.add(names.map((name) => ({ file, name })));
  await settle();
}

test('only models that serve are offered, the first of them picked', async () => {
  const store = createStore(new ControlledService());
  await store.connect();
  expect(store.state.models.map(({ name }) => name)).toEqual(['feminine', 'masculine']);
  expect(store.state).toMatchObject({ model: 'feminine', failure: undefined });
});

test('a photo is made over at once, at full strength and in its own format', async () => {
  const service = new ControlledService();
  const store = createStore(service);
  await open(store, 'a.jpg');
  expect(current(store).work.phase).toBe('working');
  expect(service.requests).toEqual([{ photo: file, model: 'feminine', strength: 1 }]);
  await service.succeed(0);
  expect(await resultText(store)).toBe('result 0');
});

test('what the browser cannot show is asked for as JPEG', async () => {
  const service = new ControlledService();
  const store = createStore(service, false);
  await open(store, 'a.avif');
  expect(service.requests[0]?.format).toBe('jpeg');
});

test('the last wish wins, whatever the order of the answers', async () => {
  const service = new ControlledService();
  const store = createStore(service);
  await open(store, 'a.jpg');
  store.pick('masculine');
  await settle();
  expect(service.signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  await service.succeed(1);
  await service.fail(0, 'NO_FACE_FOUND');
  expect(current(store).work.phase).toBe('done');
  expect(await resultText(store)).toBe('result 1');
});

test('several photos are made over one by one, the one that is looked at first', async () => {
  const service = new ControlledService();
  const store = createStore(service);
  await open(store, 'a.jpg', 'b.jpg', 'c.jpg');
  const phases = () => store.state.photos.map(({ work }) => work.phase);
  expect(phases()).toEqual(['working', 'waiting', 'waiting']);
  store.select(store.state.photos[2]?.id ?? 0);
  await settle();
  expect(phases()).toEqual(['waiting', 'waiting', 'working']);
  expect(service.signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  await service.succeed(1);
  expect(phases()).toEqual(['working', 'waiting', 'done']);
  await service.fail(2, 'NO_FACE_FOUND');
  await service.succeed(3);
  expect(phases()).toEqual(['failed', 'done', 'done']);
  expect(current(store).name).toBe('c.jpg');
});

test('a face that is left out is made over no more, and needs no second request to come back', async () => {
  const service = new ControlledService();
  service.faceIds = [1, 2];
  const store = createStore(service);
  await open(store, 'a.jpg');
  await service.succeed(0);
  expect(current(store).faces?.[1]).toEqual({ id: 2, x: 0.1, y: 0.2, width: 0.2, height: 0.4 });
  store.toggleFace(2);
  await settle();
  expect(service.requests[1]?.faces).toEqual([1]);
  // Until the new result is there, the one before is shown.
  expect(await resultText(store)).toBe('result 0');
  await service.succeed(1);
  expect(await resultText(store)).toBe('result 1');
  store.toggleFace(1);
  expect(current(store)).toMatchObject({ result: undefined, work: { phase: 'done' } });
  store.undo();
  expect(await resultText(store)).toBe('result 1');
  store.undo();
  expect(await resultText(store)).toBe('result 0');
  expect(service.requests).toHaveLength(2);
  expect(service.askedForFaces).toBe(1);
});

test('undo takes back a model, and a whole move of the strength at once', async () => {
  const service = new ControlledService();
  const store = createStore(service);
  await open(store, 'a.jpg');
  await service.succeed(0);
  store.pick('masculine');
  await settle();
  await service.succeed(1);
  for (const strength of [0.9, 0.7, 0.4]) store.setStrength(strength);
  expect(current(store).edits).toMatchObject({ model: 'masculine', strength: 0.4 });
  store.undo();
  expect(current(store).edits).toMatchObject({ model: 'masculine', strength: 1 });
  store.undo();
  expect(current(store).edits).toMatchObject({ model: 'feminine', strength: 1 });
  expect(await resultText(store)).toBe('result 0');
  expect(current(store).past).toEqual([]);
  expect(service.requests).toHaveLength(2);
});

test('a preview of the device is replaced by the whole picture when it is looked at closely', async () => {
  const service = new ControlledService();
  const face = { id: 1, box: { x: 0, y: 0, width: 9, height: 9 }, score: 1 };
  const photo = { width: 4000, height: 3000, mediaType: 'image/jpeg', notices: [], faces: [face] };
  const backend = { provider: 'wasm', threads: 1 } as const;
  const made = (text: string) => ({ image: new Blob([text]), photo, backend, notices: [] });
  const device = { preview: async () => made('small'), render: async () => made('whole') };
  const store = new MakeoverStore({
    service,
    device: { ...device, stop: () => {} } as unknown as Device,
    lookAt: async () => ({ isShowable: true }),
    onChange: () => {},
  });
  await open(store, 'a.jpg');
  expect(await resultText(store)).toBe('small');
  await store.sharpen();
  expect(await resultText(store)).toBe('whole');
  expect(service.askedForFaces).toBe(0);
});

test('a file that is too large is refused without sending it', async () => {
  const service = new ControlledService();
  const store = createStore(service);
  await store.add([{ file: new Blob([new Uint8Array(1001)]), name: 'large.jpg' }]);
  await settle();
  expect(current(store).work).toMatchObject({ failure: { code: 'FILE_TOO_LARGE' } });
  expect(service.requests).toHaveLength(0);
});

test('a failure is shown, and a retry does the same again', async () => {
  const service = new ControlledService();
  const store = createStore(service);
  await open(store, 'a.jpg');
  await service.fail(0, 'QUEUE_FULL');
  expect(current(store).work).toMatchObject({ phase: 'failed', failure: { code: 'QUEUE_FULL' } });
  await store.retry();
  await settle();
  await service.succeed(1);
  expect(await resultText(store)).toBe('result 1');
});

test('a lone file that cannot be shown either is closed, and the reason told', async () => {
  const service = new ControlledService();
  const store = createStore(service, false);
  await open(store, 'notes.txt');
  await service.fail(0, 'TYPE_NOT_ALLOWED');
  expect(store.state).toMatchObject({ photos: [], failure: { code: 'TYPE_NOT_ALLOWED' } });
});

test('a service that was away at the start is found by a retry', async () => {
  const service = new ControlledService();
  service.isReachable = false;
  const store = createStore(service);
  await store.connect();
  expect(store.state.failure?.code).toBe('OFFLINE');
  service.isReachable = true;
  await store.retry();
  expect(store.state).toMatchObject({ model: 'feminine', failure: undefined });
});

test('the file to download has the chosen strength and faces', async () => {
  const service = new ControlledService();
  service.faceIds = [1, 2];
  const store = createStore(service);
  await open(store, 'a.jpg');
  await service.succeed(0);
  const { id } = current(store);
  expect(await (await store.renderFile(id)).text()).toBe('result 0');
  store.toggleFace(1);
  await settle();
  await service.succeed(1);
  store.setStrength(0.4);
  const image = store.renderFile(id);
  expect(service.requests[2]).toEqual({
    photo: file,
    model: 'feminine',
    strength: 0.4,
    faces: [2],
  });
  await service.succeed(2);
  expect(await (await image).text()).toBe('result 2');
});

test('removing a photo shows the next; starting over stops the work and keeps the model', async () => {
  const service = new ControlledService();
  const store = createStore(service);
  await open(store, 'a.jpg', 'b.jpg');
  store.pick('masculine');
  const [first] = store.state.photos;
  store.remove(first?.id ?? 0);
  await settle();
  expect(current(store).name).toBe('b.jpg');
  await expect(store.renderFile(current(store).id)).rejects.toMatchObject({ code: 'NO_IMAGE' });
  store.startOver();
  await settle();
  expect(service.signals.every(({ aborted }) => aborted)).toBe(true);
  expect(store.state).toMatchObject({ photos: [], currentId: undefined, model: 'masculine' });
});
