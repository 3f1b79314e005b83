import { readdir } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BatchView } from '../../../models/contract/api/batches.ts';
import type { Service } from '../../../server/service.ts';
import { watchToEnd } from '../../support/batch-client.ts';
import { readComposite } from '../../support/composites.ts';
import { expectProblem } from '../../support/http.ts';
import { startTestService } from '../../support/service.ts';
import { unzip } from '../../support/unzip.ts';
import { writeZip } from '../../support/zip-writer.ts';

let service: Service;
let photo: Buffer;

beforeAll(async () => {
  service = await startTestService({ DM_BATCH_MAX_ITEMS: '3', DM_MAX_DATA_BYTES: '3000000' });
  photo = await sharp(readComposite()).resize(240).jpeg().toBuffer();
});
afterAll(() => service.stop());

function post(archive: Uint8Array, query = 'model=tint'): Promise<Response> {
  return fetch(`${service.url}/v1/batches?${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/zip' },
    body: new Uint8Array(archive),
  });
}

test('a ZIP of photos becomes a batch, and its results come back in the same folders', async () => {
  const archive = writeZip([
    { name: 'trip/' },
    { name: 'trip/a.jpg', content: photo },
    { name: 'notes.txt', content: Buffer.from('no photo'), isDeflated: true },
  ]);
  const response = await post(archive);
  expect(response.status).toBe(201);
  const batch = (await response.json()) as BatchView;
  expect(batch).toMatchObject({ items: 2, parameters: { model: 'tint' } });
  const end = (await watchToEnd(service.url, batch)).at(-1);
  expect(end?.data).toMatchObject({ counts: { succeeded: 1, failed: 1 } });
  const result = await fetch(`${service.url}/v1/batches/${batch.id}/result`);
  const files = await unzip(new Uint8Array(await result.arrayBuffer()));
  expect([...files.keys()].sort()).toEqual(['manifest.csv', 'trip/a.jpg']);
});

test('what is refused leaves no batch and no file', async () => {
  const store = service.context.config.dataFolder;
  const before = await readdir(store, { recursive: true });
  const many = ['a', 'b', 'c', 'd'].map((name) => ({ name: `${name}.jpg`, content: photo }));
  await expectProblem(await post(writeZip(many)), 413, 'BATCH_TOO_LARGE');
  const evil = [
    { name: 'a.jpg', content: photo },
    { name: '../b.jpg', content: photo },
  ];
  await expectProblem(await post(writeZip(evil)), 400, 'BAD_ARCHIVE');
  const damaged = [
    { name: 'a.jpg', content: photo },
    { name: 'b.jpg', content: photo, crc: 1 },
  ];
  await expectProblem(await post(writeZip(damaged)), 400, 'BAD_ARCHIVE');
  await expectProblem(await post(writeZip([])), 400, 'NO_IMAGE');
  await expectProblem(await post(photo), 400, 'BAD_ARCHIVE');
  await expectProblem(await post(Buffer.alloc(3_000_001)), 413, 'BATCH_TOO_LARGE');
  const after = await readdir(store, { recursive: true });
  expect(after.filter((name) => !before.includes(name))).toEqual([]);
});
