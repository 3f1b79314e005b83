import { expect, test } from 'vitest';
import type { InfoView, ModelView } from '../../models/contract/api.ts';
import { type Makeover, type MakeoverRequest, type Service, ServiceError } from '../../web/api.ts';
import { MakeoverStore, type State } from '../../web/makeover-store.ts';

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
    removesMetadata: true,
    aiEditMark: { property: 'Iptc4xmpExt:DigitalSourceType', value: 'edited' },
  },
};

function viewOf(name: string, state: ModelView['state'] = 'active'): ModelView {
  return { name, version: 1, title: name, state, provider: 'cpu', versions: [] };
}

/** Keeps the requests and lets the test answer them in any order. */
class ControlledService implements Service {
  readonly requests: MakeoverRequest[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #answers: ((answer: Makeover | Promise<never>) => void)[] = [];
  isReachable = true;

  async models() {
    if (!this.isReachable) throw new ServiceError('OFFLINE', 'no route');
    return { models: [viewOf('broken', 'failed'), viewOf('feminine'), viewOf('masculine')] };
  }

  async info() {
    return info;
  }

  async makeOver(signal: AbortSignal, request: MakeoverRequest): Promise<Makeover> {
    this.requests.push(request);
    this.signals.push(signal);
    return new Promise<Makeover>((resolve) => this.#answers.push(resolve));
  }

  succeed(at: number): void {
    const image = new Blob([`result ${at}`]);
    this.#answers[at]?.({ image, faces: 1, modelVersion: 'any/1' });
  }

  fail(at: number, code: ServiceError['code']): void {
    this.#answers[at]?.(Promise.reject(new ServiceError(code, 'refused')));
  }
}

function createStore(service: Service, isShowable = true): MakeoverStore {
  return new MakeoverStore({ service, canShow: async () => isShowable, onChange: () => {} });
}

async function resultText({ work }: State): Promise<string | undefined> {
  return work.phase === 'done' ? work.result.image.text() : undefined;
}

/** Lets everything that needs no answer of the service happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const photo = new Blob(['photo']);

test('only models that serve are offered, the first of them picked', async () => {
  const store = createStore(new ControlledService());
  await store.connect();
  expect(store.state.models.map(({ name }) => name)).toEqual(['feminine', 'masculine']);
  expect(store.state).toMatchObject({ model: 'feminine', work: { phase: 'idle' } });
});

test('a photo is made over at once, at full strength and in its own format', async () => {
  const service = new ControlledService();
  const store = createStore(service);
  const opened = store.open(photo, 'a.jpg');
  await settle();
  expect(store.state.work.phase).toBe('working');
  expect(service.requests).toEqual([{ photo, model: 'feminine', strength: 1 }]);
  service.succeed(0);
  await opened;
  expect(await resultText(store.state)).toBe('result 0');
});

test('what the browser cannot show is asked for as JPEG', async () => {
  const service = new ControlledService();
  const store = createStore(service, false);
  void store.open(photo, 'a.avif');
  await settle();
  expect(service.requests[0]?.format).toBe('jpeg');
  expect(store.state.photo?.isShowable).toBe(false);
});

test('the last wish wins, whatever the order of the answers', async () => {
  const service = new ControlledService();
  const store = createStore(service);
  void store.open(photo, 'first.jpg');
  await settle();
  void store.open(photo, 'second.jpg');
  await settle();
  const picked = store.pick('masculine');
  await settle();
  expect(service.signals.map(({ aborted }) => aborted)).toEqual([true, true, false]);
  service.succeed(2);
  await picked;
  service.succeed(1);
  service.fail(0, 'NO_FACE_FOUND');
  await settle();
  expect(store.state.photo?.name).toBe('second.jpg');
  expect(await resultText(store.state)).toBe('result 2');
});

test('going back to a model asks for nothing; another photo forgets the results', async () => {
  const service = new ControlledService();
  const store = createStore(service);
  for (const [at, model] of ['feminine', 'masculine'].entries()) {
    const done = at === 0 ? store.open(photo, 'a.jpg') : store.pick(model);
    await settle();
    service.succeed(at);
    await done;
  }
  await store.pick('feminine');
  expect(await resultText(store.state)).toBe('result 0');
  expect(service.requests).toHaveLength(2);
  void store.open(photo, 'b.jpg');
  await settle();
  expect(service.requests).toHaveLength(3);
});

test('a file that is too large is refused without sending it', async () => {
  const service = new ControlledService();
  const store = createStore(service);
  await store.open(new Blob([new Uint8Array(1001)]), 'large.jpg');
  expect(store.state.work).toMatchObject({ phase: 'failed', failure: { code: 'FILE_TOO_LARGE' } });
  expect(service.requests).toHaveLength(0);
});

test('a failure is shown, and a retry does the same again', async () => {
  const service = new ControlledService();
  const store = createStore(service);
  const opened = store.open(photo, 'a.jpg');
  await settle();
  service.fail(0, 'QUEUE_FULL');
  await opened;
  expect(store.state.work).toMatchObject({ phase: 'failed', failure: { code: 'QUEUE_FULL' } });
  const retried = store.retry();
  await settle();
  service.succeed(1);
  await retried;
  expect(await resultText(store.state)).toBe('result 1');
});

test('a service that was away at the start is found by a retry', async () => {
  const service = new ControlledService();
  service.isReachable = false;
  const store = createStore(service);
  await store.connect();
  expect(store.state.work).toMatchObject({ phase: 'failed', failure: { code: 'OFFLINE' } });
  service.isReachable = true;
  await store.retry();
  expect(store.state).toMatchObject({ model: 'feminine', work: { phase: 'idle' } });
});

test('the file to download has the chosen strength', async () => {
  const service = new ControlledService();
  const store = createStore(service);
  const opened = store.open(photo, 'a.jpg');
  await settle();
  service.succeed(0);
  await opened;
  expect(await (await store.renderFile())?.text()).toBe('result 0');
  store.setStrength(0.4);
  const file = store.renderFile();
  expect(service.requests[1]).toEqual({ photo, model: 'feminine', strength: 0.4 });
  service.succeed(1);
  expect(await (await file)?.text()).toBe('result 1');
});

test('closing the photo stops the work and keeps the model', async () => {
  const service = new ControlledService();
  const store = createStore(service);
  await store.pick('masculine');
  void store.open(photo, 'a.jpg');
  await settle();
  store.close();
  service.succeed(0);
  await settle();
  expect(service.signals[0]?.aborted).toBe(true);
  expect(store.state).toMatchObject({
    photo: undefined,
    model: 'masculine',
    work: { phase: 'idle' },
  });
  await expect(store.renderFile()).rejects.toMatchObject({ code: 'NO_IMAGE' });
});
