import { beforeAll, expect, test, vi } from 'vitest';
import { BatchQueue } from '../../../trainer/data/batch-queue.ts';
import type { SamplingRequest } from '../../../trainer/data/batch-worker.ts';
import { readCelebaFolder } from '../../../trainer/data/celeba.ts';
import type { CropFile } from '../../../trainer/data/crop-file.ts';
import { loadCrops } from '../../../trainer/data/crops.ts';
import { jitterMargin } from '../../../trainer/data/jitter.ts';
import { type Population, selectPopulations } from '../../../trainer/data/populations.ts';
import { Sampler, type SamplerState } from '../../../trainer/data/sampler.ts';
import { Random } from '../../../trainer/random.ts';
import { useOwnCache } from '../../support/own-cache.ts';
import { drawCelebaFolder, TINY_CROP } from '../../support/tiny-run.ts';

useOwnCache();

const JITTER = { shift: 2, warped: 0.5, turn: 6, scale: 0.05 };
const SELECTION = { faces: '', targets: { feminine: '!Male', masculine: 'Male' } };

// A thread takes seconds to start on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

let store: CropFile;
let populations: readonly Population[];

beforeAll(async () => {
  const folder = await readCelebaFolder(await drawCelebaFolder([40]));
  store = await loadCrops(folder, folder.faces, TINY_CROP, jitterMargin(JITTER, TINY_CROP));
  populations = selectPopulations(folder, SELECTION, 0);
});

function sampler(): Sampler {
  return new Sampler(store, populations, JITTER, new Random(1));
}

function request(state: SamplerState): SamplingRequest {
  return { cropFile: store.path, populations, jitter: JITTER, batchSize: 8, state };
}

test('gives the batches of the sampler, and after each the state to go on from', async () => {
  const expected = sampler();
  const queue = new BatchQueue(request(expected.state));
  try {
    for (let i = 0; i < 8; i++) {
      expect(await queue.next()).toEqual(expected.next(8));
      expect(queue.state).toEqual(expected.state);
    }
  } finally {
    await queue.close();
  }
});

test('goes on from a state that is set, whatever has been drawn ahead', async () => {
  const expected = sampler();
  const start = expected.state;
  const queue = new BatchQueue(request(start));
  try {
    for (let i = 0; i < 2; i++) await queue.next();
    queue.state = start;
    expect(queue.state).toEqual(start);
    for (let i = 0; i < 5; i++) expect(await queue.next()).toEqual(expected.next(8));
    expect(queue.state).toEqual(expected.state);
  } finally {
    await queue.close();
  }
});

test('batches are ready before they are asked for', async () => {
  const queue = new BatchQueue(request(sampler().state));
  try {
    await queue.next();
    await expect
      .poll(async () => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        const startedAt = performance.now();
        await queue.next();
        return performance.now() - startedAt;
      })
      .toBeLessThan(5);
  } finally {
    await queue.close();
  }
});

test('an error of the thread reaches whoever waits, and whoever asks later', async () => {
  const lost = new BatchQueue({ ...request(sampler().state), cropFile: '/nonexistent' });
  await expect(Promise.all([lost.next(), lost.next()])).rejects.toThrow(
    'no batch can be drawn: /nonexistent cannot be read',
  );
  await expect(lost.next()).rejects.toThrow('/nonexistent cannot be read');
  await lost.close();
  const { random } = sampler().state;
  const older = new BatchQueue(request({ random, decks: [] }));
  await expect(older.next()).rejects.toThrow(/does not say how its faces were shuffled/);
});

test('closing ends the thread and whoever still waits', async () => {
  const queue = new BatchQueue(request(sampler().state));
  const waiting = expect(queue.next()).rejects.toThrow(/no batch can be drawn/);
  await queue.close();
  await waiting;
});
