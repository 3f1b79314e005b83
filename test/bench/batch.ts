import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FolderStore } from '../../server/batches/folder-store.ts';
import { createLogger } from '../../server/logger.ts';
import { beginBatch, photoForm, watchToEnd } from '../support/batch-client.ts';
import { createModelRepository, removeModelRepository } from '../support/model-repository.ts';
import { PhotoClient } from './http/client.ts';
import { freePort } from './http/free-port.ts';
import { measureLoad } from './http/load.ts';
import { createPhotos } from './http/photos.ts';
import { readGauges, type ServerProcess, startService } from './http/server-process.ts';

const SHIPPED = fileURLToPath(new URL('../../models', import.meta.url));
const CLIENTS = 8;
const SATURATION_S = 10;
const WARM_UP_PHOTOS = 10;
const MIN_OF_SINGLE = 0.9;
const MEMORY_EVERY_MS = 250;
const STORE_ITEMS = 200;

/**
 * Photos per second of a batch beside those of single photos at saturation, the memory of the HTTP
 * process meanwhile, the time to the first byte of the results, and what the store takes of an item.
 */
export async function benchBatch(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { photos: { type: 'string', default: '100' } },
  });
  const hasShipped = existsSync(`${SHIPPED}/feminine`);
  const repository = hasShipped ? SHIPPED : await createModelRepository();
  const model = hasShipped ? 'feminine' : 'tint';
  const folder = await mkdtemp(join(tmpdir(), 'deep-makeover-bench-'));
  console.log(`model ${model}, ${availableParallelism()} cores, ${values.photos} photos of 1 Mpx`);
  await measureStore(join(folder, 'store'));
  const service = await startService(repository, { DM_DATA_DIR: folder }, await freePort());
  try {
    await compare(service, model, Number(values.photos));
  } finally {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
    if (!hasShipped) await removeModelRepository(repository);
  }
}

async function compare(service: ServerProcess, model: string, items: number): Promise<void> {
  const photos = await createPhotos(1);
  const client = new PhotoClient(`${service.url}/v1/makeover?model=${model}`);
  for (let i = 0; i < WARM_UP_PHOTOS; i++) await client.makeOver(photos.next());
  const single = await measureLoad(() => client.makeOver(photos.next()), CLIENTS, SATURATION_S);
  client.close();
  const files = Array.from({ length: items }, (_, i) => [`${i}.jpg`, photos.next()] as const);
  const idleBytes = (await readGauges(service)).httpRssBytes;
  let peakBytes = idleBytes;
  const look = async () => {
    peakBytes = Math.max(peakBytes, (await readGauges(service)).httpRssBytes);
  };
  const timer = setInterval(() => void look(), MEMORY_EVERY_MS);
  const sentMs = performance.now();
  const form = photoForm(Object.fromEntries(files));
  const batch = await beginBatch(service.url, `model=${model}`, form);
  const acceptedMs = performance.now();
  await watchToEnd(service.url, batch);
  const endedMs = performance.now();
  clearInterval(timer);
  const photosPerS = (1000 * items) / (endedMs - acceptedMs);
  const share = photosPerS / single.photosPerS;
  console.log(
    `${photosPerS.toFixed(1)} photos/s in a batch, ${single.photosPerS.toFixed(1)} as single ` +
      `photos: ${share >= MIN_OF_SINGLE ? '' : 'ONLY '}x ${share.toFixed(2)} (${MIN_OF_SINGLE} expected)`,
  );
  console.log(`accepted after ${((acceptedMs - sentMs) / items).toFixed(1)} ms a photo`);
  console.log(
    `memory of the HTTP process: ${((peakBytes - idleBytes) / 2 ** 20).toFixed(0)} MiB above idle`,
  );
  await measureFirstByte(`${service.url}/v1/batches/${batch.id}/result`);
}

async function measureFirstByte(url: string): Promise<void> {
  const startMs = performance.now();
  const abort = new AbortController();
  const response = await fetch(url, { signal: abort.signal });
  await response.body?.getReader().read();
  console.log(`first byte of the results after ${(performance.now() - startMs).toFixed(1)} ms`);
  abort.abort();
}

/** What the store takes of an item: with the syncs of photo, result and journal. */
async function measureStore(folder: string): Promise<void> {
  const logger = createLogger('warn');
  const store = new FolderStore({ folder, maxBytes: 1e12, maxItems: STORE_ITEMS, logger });
  await store.load();
  const file = Buffer.alloc(300_000, 1);
  const startMs = performance.now();
  const draft = await store.draft();
  for (let i = 0; i < STORE_ITEMS; i++) await draft.add(`${i}.jpg`, [file]);
  const batch = await draft.commit({ clientId: 'ip:', parameters: {} });
  for (const item of batch.items) {
    batch.start(item);
    await store.succeed(batch, item, file, { format: 'jpeg', faces: 1, model: 'none/1' });
  }
  const microseconds = ((performance.now() - startMs) * 1000) / STORE_ITEMS;
  console.log(`the store takes ${microseconds.toFixed(0)} us of an item of 300 KB`);
}
