import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Batch } from '../../../server/batches/batch.ts';
import { FolderStore } from '../../../server/batches/folder-store.ts';
import {
  BatchScheduler,
  BudgetWait,
  type SchedulerOptions,
  type WorkedItem,
} from '../../../server/batches/scheduler.ts';
import { createLogger } from '../../../server/logger.ts';
import { ProblemError } from '../../../server/problem.ts';

const logger = createLogger('silent');
const DONE: WorkedItem = {
  file: Buffer.from('result'),
  facts: { format: 'jpeg', faces: 1, model: 'tint/1' },
};

let folder: string;
let store: FolderStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deep-makeover-scheduler-'));
  store = new FolderStore({ folder, maxBytes: 1e9, maxItems: 100, logger });
  await store.load();
});
afterEach(() => rm(folder, { recursive: true }));

async function commit(items: number, clientId = 'ip:1'): Promise<Batch> {
  const draft = await store.draft();
  for (let i = 1; i <= items; i++) await draft.add(`${i}`, [Buffer.from('photo')]);
  return draft.commit({ clientId, parameters: {} });
}

function schedule(work: SchedulerOptions['work'], slots = 1): BatchScheduler {
  const scheduler = new BatchScheduler({ store, slots, work, logger });
  scheduler.start();
  return scheduler;
}

function signalOnce(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

async function ended(batch: Batch): Promise<void> {
  await vi.waitUntil(() => batch.hasEnded && batch.counts.running === 0);
}

test('batches take turns, and no more are in work than there are slots', async () => {
  const [a, b] = [await commit(3), await commit(3)];
  const order: string[] = [];
  let inWork = 0;
  let mostInWork = 0;
  const scheduler = schedule(async (batch, item) => {
    mostInWork = Math.max(mostInWork, ++inWork);
    order.push(`${batch === a ? 'a' : 'b'}${item.number}`);
    await Promise.resolve();
    inWork--;
    return DONE;
  });
  await Promise.all([ended(a), ended(b)]);
  scheduler.stop();
  expect(order).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3']);
  expect(mostInWork).toBe(1);
});

test("a photo's failure is its item's, whatever it is", async () => {
  const batch = await commit(3);
  const scheduler = schedule(async (_batch, { number }) => {
    if (number === 1) throw new ProblemError('NO_FACE_FOUND', 'none');
    if (number === 2) throw new TypeError('a defect');
    return DONE;
  });
  await ended(batch);
  scheduler.stop();
  const codes = batch.items.map(({ state, problem }) => problem?.code ?? state);
  expect(codes).toEqual(['NO_FACE_FOUND', 'INTERNAL', 'succeeded']);
});

test('a client without budget waits, and does not hold up others', async () => {
  const [poor, rich] = [await commit(2, 'ip:poor'), await commit(2, 'ip:rich')];
  let mayPass = false;
  const scheduler = schedule(async (batch) => {
    if (batch === poor && !mayPass) throw new BudgetWait(20);
    return DONE;
  });
  await ended(rich);
  expect(poor.counts).toMatchObject({ failed: 0, succeeded: 0 });
  mayPass = true;
  await ended(poor);
  scheduler.stop();
  expect(poor.counts.succeeded).toBe(2);
});

test('a canceled batch ends what is in work', async () => {
  const batch = await commit(2);
  const begun = signalOnce();
  const scheduler = schedule(
    (_batch, _item, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('gone')));
        begun.resolve();
      }),
  );
  await begun.promise;
  await store.cancel(batch);
  await scheduler.drain();
  expect(batch.counts).toMatchObject({ canceled: 2, running: 0, failed: 0 });
});

test('a stop leaves what is in work to the next start', async () => {
  const batch = await commit(2);
  const begun = signalOnce();
  const scheduler = schedule(
    (_batch, _item, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('the pool has stopped')));
        begun.resolve();
      }),
  );
  await begun.promise;
  const drained = scheduler.drain();
  scheduler.stop();
  await drained;
  expect(batch.counts).toMatchObject({ queued: 2, running: 0 });
  const next = schedule(async () => DONE);
  await ended(batch);
  next.stop();
  expect(batch.counts.succeeded).toBe(2);
});

test('a store that fails makes items wait, and none is lost', async () => {
  const batch = await commit(2);
  const original = store.succeed.bind(store);
  let failures = 0;
  const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  store.succeed = async (...parameters) => {
    if (failures++ === 0) throw full;
    await original(...parameters);
  };
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const scheduler = schedule(async () => DONE);
    await vi.waitUntil(() => failures === 1 && batch.counts.queued === 2);
    expect(batch.counts.failed).toBe(0);
    await vi.advanceTimersByTimeAsync(10_000);
    vi.useRealTimers();
    await ended(batch);
    scheduler.stop();
    expect(batch.counts.succeeded).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});
