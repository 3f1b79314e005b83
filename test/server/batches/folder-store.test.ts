import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Batch, BatchItem } from '../../../server/batches/batch.ts';
import { FolderStore } from '../../../server/batches/folder-store.ts';
import { removeExpired } from '../../../server/batches/retention.ts';
import { createLogger } from '../../../server/logger.ts';

const logger = createLogger('silent');
const HEAD = { clientId: 'key:1', parameters: { model: 'tint' } };
const FACTS = { format: 'jpeg', faces: 1, model: 'tint/1' } as const;
const TTL_MS = 1000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deep-makeover-store-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function openStore(options: { maxBytes?: number; maxItems?: number } = {}) {
  const store = new FolderStore({ folder, maxBytes: 1e9, maxItems: 100, logger, ...options });
  await store.load();
  return store;
}

function photo(size = 1000): Buffer[] {
  return [Buffer.alloc(size, 7)];
}

async function commit(store: FolderStore, names: readonly string[], size?: number): Promise<Batch> {
  const draft = await store.draft();
  for (const name of names) await draft.add(name, photo(size));
  return draft.commit(HEAD);
}

function itemOf(batch: Batch, number: number): BatchItem {
  const item = batch.item(number);
  if (item === undefined) throw new Error(`there is no item ${number}`);
  return item;
}

describe('what a store has promised', () => {
  test('is there again after a restart, whatever else lies about', async () => {
    const store = await openStore();
    const batch = await commit(store, ['a', 'b', 'c']);
    batch.start(itemOf(batch, 1));
    await store.succeed(batch, itemOf(batch, 1), Buffer.from('result'), FACTS);
    batch.start(itemOf(batch, 2));
    await store.fail(batch, itemOf(batch, 2), { code: 'NO_FACE_FOUND', detail: 'none' });
    batch.start(itemOf(batch, 3));
    const draft = await store.draft();
    await draft.add('unfinished', photo());
    await writeFile(join(folder, batch.id, 'half.part'), 'half');
    await mkdir(join(folder, 'old.removed'));

    const again = await openStore();
    const known = again.find(batch.id);
    expect(known?.items.map(({ state }) => state)).toEqual(['succeeded', 'failed', 'queued']);
    expect(known?.counts.running).toBe(0);
    expect(await readdir(folder)).toEqual([batch.id]);
    // The journal, the result, and the photos that may be worked on still.
    expect(await readdir(join(folder, batch.id))).toHaveLength(4);
    expect(again.usedBytes).toBe(known?.heldBytes);
  });

  test('is readable by its own user alone', async () => {
    const store = await openStore();
    const batch = await commit(store, ['a']);
    for (const name of await readdir(join(folder, batch.id))) {
      expect((await stat(join(folder, batch.id, name))).mode & 0o777).toBe(0o600);
    }
    expect((await stat(join(folder, batch.id))).mode & 0o777).toBe(0o700);
  });

  test('is set aside, not thrown away, when its journal is damaged', async () => {
    const store = await openStore();
    const { id } = await commit(store, ['a']);
    await writeFile(join(folder, id, 'journal.jsonl'), '{"type":"created"\n{}\n');
    const again = await openStore();
    expect(again.find(id)).toBeUndefined();
    expect(await readdir(folder)).toEqual([`${id}.damaged`]);
  });
});

describe('room', () => {
  test('new photos are refused when there is none, and what was accepted can end', async () => {
    const store = await openStore({ maxBytes: 200_000 });
    const batch = await commit(store, ['a'], 50_000);
    const draft = await store.draft();
    await expect(draft.add('b', photo(50_000))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    await draft.discard();
    expect(store.usedBytes).toBe(batch.heldBytes);
    batch.start(itemOf(batch, 1));
    // More than the photo, and within what was promised.
    await store.succeed(batch, itemOf(batch, 1), Buffer.alloc(70_000), FACTS);
    expect(itemOf(batch, 1).state).toBe('succeeded');
    await store.remove(batch);
    expect(store.usedBytes).toBe(0);
    await expect(commit(store, ['c'], 50_000)).resolves.toMatchObject({ state: 'running' });
  });

  test('a result that is larger than was promised fails its item, which can be tried again', async () => {
    const store = await openStore({ maxBytes: 100_000 });
    const batch = await commit(store, ['a'], 10_000);
    batch.start(itemOf(batch, 1));
    await store.succeed(batch, itemOf(batch, 1), Buffer.alloc(90_000), FACTS);
    expect(itemOf(batch, 1).problem?.code).toBe('STORAGE_FULL');
    await store.retry(batch);
    expect(itemOf(batch, 1).state).toBe('queued');
    expect(await store.readInput(batch, itemOf(batch, 1))).toHaveLength(10_000);
  });

  test('a batch takes so many items and no more', async () => {
    const store = await openStore({ maxItems: 2 });
    const draft = await store.draft();
    await draft.add('a', photo());
    await draft.add('b', photo());
    await expect(draft.add('c', photo())).rejects.toMatchObject({ code: 'BATCH_TOO_LARGE' });
    await draft.discard();
    expect(store.usedBytes).toBe(0);
  });
});

test('an item that was canceled while it was worked on stays so', async () => {
  const store = await openStore();
  const batch = await commit(store, ['a', 'b']);
  batch.start(itemOf(batch, 1));
  await store.cancel(batch);
  await store.succeed(batch, itemOf(batch, 1), Buffer.from('late'), FACTS);
  expect(batch.counts).toMatchObject({ canceled: 2, running: 0 });
  expect(await readdir(join(folder, batch.id))).toEqual(['journal.jsonl']);
});

test('batches that have ended go when their time is over, others stay', async () => {
  const store = await openStore();
  const ended = await commit(store, ['a']);
  const waiting = await commit(store, ['a']);
  ended.start(itemOf(ended, 1));
  await store.fail(ended, itemOf(ended, 1), { code: 'NO_FACE_FOUND', detail: 'none' });
  expect(ended.expiresAtMs(TTL_MS)).toBeGreaterThan(Date.now());
  expect(waiting.expiresAtMs(TTL_MS)).toBeUndefined();
  const removed = new Promise<Batch>((resolve) => store.subscribe(resolve));
  const end = removeExpired(store, -1, logger);
  expect(await removed).toBe(ended);
  end();
  expect(store.batches).toEqual([waiting]);
});
