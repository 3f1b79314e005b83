import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BatchItemsView, BatchView } from '../../../models/contract/api/batches.ts';
import type { Service } from '../../../server/service.ts';
import { beginBatch, listAll, photoForm, watchToEnd } from '../../support/batch-client.ts';
import { readComposite } from '../../support/composites.ts';
import { expectProblem } from '../../support/http.ts';
import { type Document, DocumentedService } from '../../support/openapi.ts';
import { startTestService } from '../../support/service.ts';
import { unzip } from '../../support/unzip.ts';

const ALICE = 'alice-has-a-key-of-her-own';
const BOB = 'bob-has-a-key-of-his-own-too';

let service: Service;
let url: string;
let documented: DocumentedService;
let photo: Buffer;
let plain: Buffer;

beforeAll(async () => {
  photo = await sharp(readComposite()).resize(160).jpeg().toBuffer();
  const create = { width: 64, height: 64, channels: 3, background: '#999' } as const;
  plain = await sharp({ create }).png().toBuffer();
  service = await startTestService();
  url = service.url;
  const document = await (await fetch(`${url}/openapi.json`)).json();
  documented = new DocumentedService(document as Document);
});
afterAll(() => service.stop());

describe('a batch of a form', () => {
  let batch: BatchView;

  beforeAll(async () => {
    const photos = { 'trip/a.jpg': photo, 'b.png': plain, 'trip/a.png': photo };
    batch = await beginBatch(url, 'model=tint&quality=90', photoForm(photos));
  });

  test('ends with what became of each photo', async () => {
    expect(batch.id).toMatch(/^[0-9a-f]{32}$/);
    expect(batch.state).toBe('running');
    const events = await watchToEnd(url, batch);
    expect(events.map(({ event }) => event)).toContain('end');
    const response = await fetch(`${url}/v1/batches/${batch.id}`);
    const view = (await documented.check('get', '/v1/batches/{id}', response)) as BatchView;
    expect(view).toMatchObject({
      state: 'completed',
      items: 3,
      counts: { succeeded: 2, failed: 1, queued: 0, running: 0, canceled: 0 },
      parameters: { model: 'tint', quality: '90' },
    });
    expect(Date.parse(view.expiresAt ?? '')).toBeGreaterThan(Date.parse(view.endedAt ?? ''));
  });

  test('lists its items, those of a state alone too', async () => {
    await watchToEnd(url, batch);
    const path = '/v1/batches/{id}/items';
    const response = await fetch(`${url}/v1/batches/${batch.id}/items`);
    const { items } = (await documented.check('get', path, response)) as BatchItemsView;
    expect(items.map(({ name, state, result }) => [name, state, result?.name])).toEqual([
      ['trip/a.jpg', 'succeeded', 'trip/a.jpg'],
      ['b.png', 'failed', undefined],
      // Told apart by the contents, not by the name.
      ['trip/a.png', 'succeeded', 'trip/a-2.jpg'],
    ]);
    const failed = await listAll(url, batch, 'failed');
    expect(failed.map(({ problem }) => problem?.code)).toEqual(['NO_FACE_FOUND']);
    const wrong = await fetch(`${url}/v1/batches/${batch.id}/items?status=toad`);
    await expectProblem(wrong, 400, 'BAD_PARAMETER');
  });

  test('gives its results as an archive, whole and in part', async () => {
    await watchToEnd(url, batch);
    const path = '/v1/batches/{id}/result';
    const address = `${url}/v1/batches/${batch.id}/result`;
    const response = await fetch(address);
    const archive = Buffer.from((await documented.check('get', path, response)) as ArrayBuffer);
    const etag = response.headers.get('etag') ?? '';
    expect(response.headers.get('content-length')).toBe(String(archive.length));
    const files = await unzip(archive);
    expect([...files.keys()]).toEqual(['manifest.csv', 'trip/a.jpg', 'trip/a-2.jpg']);
    const lines = files.get('manifest.csv')?.toString().trimEnd().split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines?.[1]).toBe('1,trip/a.jpg,succeeded,trip/a.jpg,1,tint/1,,');
    expect(lines?.[2]).toMatch(/^2,b\.png,failed,,,,NO_FACE_FOUND,/);
    const single = await fetch(`${url}/v1/makeover?model=tint&quality=90`, {
      method: 'POST',
      body: new Uint8Array(photo),
    });
    expect(files.get('trip/a.jpg')).toEqual(Buffer.from(await single.arrayBuffer()));

    const middle = { Range: 'bytes=100-4099', 'If-Range': etag };
    const part = await fetch(address, { headers: middle });
    expect(part.headers.get('content-range')).toBe(`bytes 100-4099/${archive.length}`);
    expect(part.status).toBe(206);
    const bytes = Buffer.from((await documented.check('get', path, part)) as ArrayBuffer);
    expect(bytes).toEqual(archive.subarray(100, 4100));
    const tail = await fetch(address, { headers: { Range: 'bytes=-22' } });
    expect(Buffer.from(await tail.arrayBuffer())).toEqual(archive.subarray(-22));
    const other = await fetch(address, { headers: { ...middle, 'If-Range': '"other"' } });
    expect(other.status).toBe(200);
    expect((await other.arrayBuffer()).byteLength).toBe(archive.length);
    const beyond = await fetch(address, { headers: { Range: 'bytes=99999999-' } });
    await expectProblem(beyond, 416, 'RANGE_NOT_SATISFIABLE');
    const head = await fetch(address, { method: 'HEAD' });
    expect(head.headers.get('etag')).toBe(etag);
  });

  test('gives the result of one item', async () => {
    await watchToEnd(url, batch);
    const path = '/v1/batches/{id}/items/{number}/result';
    const base = `${url}/v1/batches/${batch.id}/items`;
    const response = await fetch(`${base}/1/result`);
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect(response.headers.get('x-model-version')).toBe('tint/1');
    await documented.check('get', path, response);
    const none = await fetch(`${base}/2/result`);
    expect(none.status).toBe(404);
    await documented.check('get', path, none);
  });

  test('tells a watcher that comes back what it has missed', async () => {
    const all = await watchToEnd(url, batch, { 'Last-Event-ID': '0' });
    const items = all.filter(({ event }) => event === 'item');
    expect(items).toHaveLength(3);
    const last = items[1]?.id ?? '';
    const rest = await watchToEnd(url, batch, { 'Last-Event-ID': last });
    expect(rest.filter(({ event }) => event === 'item')).toEqual([items[2]]);
  });

  test('tries failed items again, and has another archive then', async () => {
    await watchToEnd(url, batch);
    const response = await fetch(`${url}/v1/batches/${batch.id}/retry`, { method: 'POST' });
    const path = '/v1/batches/{id}/retry';
    const view = (await documented.check('post', path, response)) as BatchView;
    expect(view.state).toBe('running');
    await watchToEnd(url, batch);
    expect(await listAll(url, batch, 'failed')).toHaveLength(1);
  });

  test('goes when it is deleted', async () => {
    await watchToEnd(url, batch);
    const address = `${url}/v1/batches/${batch.id}`;
    const response = await fetch(address, { method: 'DELETE' });
    expect(response.status).toBe(204);
    await documented.check('delete', '/v1/batches/{id}', response);
    await expectProblem(await fetch(address), 404, 'BATCH_NOT_FOUND');
    await expectProblem(await fetch(`${address}/result`), 404, 'BATCH_NOT_FOUND');
  });
});

describe('an open batch', () => {
  test('takes photos one by one until it is sealed, each only once', async () => {
    const batch = await beginBatch(url, 'model=tint');
    expect(batch.state).toBe('open');
    const address = `${url}/v1/batches/${batch.id}`;
    const add = (name: string, body: Uint8Array<ArrayBuffer>) =>
      fetch(`${address}/items?name=${encodeURIComponent(name)}`, { method: 'POST', body });
    const first = await add('../up/a.jpg', new Uint8Array(photo));
    const path = '/v1/batches/{id}/items';
    const view = (await documented.check('post', path, first)) as BatchItemsView;
    expect(view.items).toMatchObject([{ number: 1, name: 'up/a.jpg', bytes: photo.length }]);
    const again = (await (await add('up/a.jpg', new Uint8Array(photo))).json()) as BatchItemsView;
    expect(again.items.map(({ number }) => number)).toEqual([1]);
    await fetch(`${address}/items`, { method: 'POST', body: photoForm({ b: photo, c: plain }) });
    await expectProblem(await fetch(`${address}/result`), 409, 'BATCH_NOT_DONE');
    await expectProblem(await add('x', new Uint8Array()), 400, 'NO_IMAGE');
    const sealed = await fetch(`${address}/seal`, { method: 'POST' });
    await documented.check('post', '/v1/batches/{id}/seal', sealed);
    await expectProblem(await add('late.jpg', new Uint8Array(photo)), 409, 'BATCH_SEALED');
    await watchToEnd(url, batch);
    const items = await listAll(url, batch);
    expect(items.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'failed']);
  });

  test('is canceled with what waits, and keeps what is done', async () => {
    const batch = await beginBatch(url, 'model=tint');
    const address = `${url}/v1/batches/${batch.id}`;
    const photos = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`${i}.jpg`, photo]));
    await fetch(`${address}/items`, { method: 'POST', body: photoForm(photos) });
    const response = await fetch(address, { method: 'DELETE' });
    const view = (await documented.check('delete', '/v1/batches/{id}', response)) as BatchView;
    expect(view.state).toBe('canceled');
    expect(view.counts).toMatchObject({ queued: 0, running: 0 });
    expect(view.counts.canceled).toBeGreaterThan(0);
    const files = await unzip(Buffer.from(await (await fetch(`${address}/result`)).arrayBuffer()));
    expect(files.size).toBe(1 + view.counts.succeeded);
    const retry = await fetch(`${address}/retry`, { method: 'POST' });
    await expectProblem(retry, 409, 'BATCH_SEALED');
  });
});

describe('refusals', () => {
  test.each([
    ['no model', '', undefined, 400, 'BAD_PARAMETER'],
    ['a model that is not there', 'model=toad', undefined, 404, 'MODEL_NOT_FOUND'],
    ['a form without photos', 'model=tint', new FormData(), 400, 'NO_IMAGE'],
    ['a text', 'model=tint', 'text', 415, 'TYPE_NOT_ALLOWED'],
  ] as const)('%s', async (_name, query, body, status, code) => {
    const init = body === undefined ? {} : { body };
    const response = await fetch(`${url}/v1/batches?${query}`, { method: 'POST', ...init });
    await documented.check('post', '/v1/batches', response.clone());
    await expectProblem(response, status, code);
  });

  test('leave nothing behind, nor do clients that go away', async () => {
    const abort = new AbortController();
    const photos = new ReadableStream({
      start: (controller) => {
        const boundary = '--b\r\nContent-Disposition: form-data; name="image"; filename="a"';
        controller.enqueue(Buffer.from(`${boundary}\r\n\r\n`));
        controller.enqueue(new Uint8Array(photo));
      },
    });
    const init = {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
      body: photos,
      duplex: 'half' as const,
      signal: abort.signal,
    };
    const before = (await folders()).length;
    const sent = fetch(`${url}/v1/batches?model=tint`, init).catch(() => 'gone');
    await expect.poll(async () => (await folders()).length).toBe(before + 1);
    abort.abort();
    expect(await sent).toBe('gone');
    await expect.poll(async () => (await folders()).length).toBe(before);
    expect(before).toBe([...service.context.batches.store.batches].length);
  });
});

/** What lies in the folder of batches. */
function folders(): Promise<string[]> {
  return readdir(join(service.context.config.dataFolder, 'batches')).catch(() => []);
}

test('a repeated request makes no second batch', async () => {
  const headers = { 'Idempotency-Key': '"a-key"' };
  const form = photoForm({ 'a.jpg': photo });
  const first = await beginBatch(url, 'model=tint', form, headers);
  const second = await beginBatch(url, 'model=tint', photoForm({ 'a.jpg': photo }), headers);
  expect(second.id).toBe(first.id);
  const init = { method: 'POST', headers, body: photoForm({ 'a.jpg': photo }) };
  const other = await fetch(`${url}/v1/batches?model=identity`, init);
  await expectProblem(other, 409, 'IDEMPOTENCY_CONFLICT');
});

test('a photo is answered later where its client prefers that', async () => {
  const response = await fetch(`${url}/v1/makeover?model=tint&strength=0.5`, {
    method: 'POST',
    headers: { Prefer: 'respond-async, wait=10', Accept: 'image/webp' },
    body: new Uint8Array(photo),
  });
  expect(response.status).toBe(202);
  const address = url + (response.headers.get('location') ?? '');
  const batch = (await documented.check('post', '/v1/makeover', response)) as BatchView;
  expect(batch.parameters).toEqual({ model: 'tint', strength: '0.5', format: 'webp' });
  await watchToEnd(url, batch);
  const result = await fetch(`${address}/items/1/result`);
  expect(result.headers.get('content-type')).toBe('image/webp');
});

test('the metric counts items by state', async () => {
  const text = await (await fetch(`${service.adminUrl}/metrics`)).text();
  expect(text).toMatch(/dm_batch_items\{state="succeeded"\} [1-9]/);
});

test('a batch is there for the key alone that began it', async () => {
  const closed = await startTestService({ DM_API_KEYS: `${ALICE},${BOB}` });
  try {
    const mine = { 'X-API-Key': ALICE };
    const batch = await beginBatch(closed.url, 'model=tint', photoForm({ a: photo }), mine);
    const address = `${closed.url}/v1/batches/${batch.id}`;
    expect((await fetch(address, { headers: mine })).status).toBe(200);
    for (const path of ['', '/items', '/events', '/result', '/items/1/result']) {
      const response = await fetch(address + path, { headers: { 'X-API-Key': BOB } });
      await expectProblem(response, 404, 'BATCH_NOT_FOUND');
    }
  } finally {
    await closed.stop();
  }
});
