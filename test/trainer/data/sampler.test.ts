import { expect, test } from 'vitest';
import { readCelebaFolder } from '../../../trainer/data/celeba.ts';
import { loadCrops } from '../../../trainer/data/crops.ts';
import { selectPopulations } from '../../../trainer/data/populations.ts';
import { Sampler } from '../../../trainer/data/sampler.ts';
import { Random } from '../../../trainer/random.ts';
import { useOwnCache } from '../../support/own-cache.ts';
import { drawCelebaFolder, TINY_CROP } from '../../support/tiny-run.ts';

useOwnCache();

const SELECTION = { faces: '!Hat', targets: { feminine: '!Male', masculine: 'Male,!Hat' } };

/** Without the warp, faces stay what they are to the byte, however far they are shifted. */
const STILL = { shift: 0, warped: 0, turn: 0, scale: 0 };

test('a sampler set to a stored state draws the same batches again', async () => {
  const folder = await readCelebaFolder(await drawCelebaFolder([24]));
  const store = await loadCrops(folder, folder.faces, TINY_CROP, 2);
  const sampler = new Sampler(store, selectPopulations(folder, SELECTION, 0), STILL, new Random(1));
  sampler.next(8);
  const state = structuredClone(sampler.state);
  // Beyond the end of both decks, so that they are shuffled anew.
  const drawn = Array.from({ length: 6 }, () => sampler.next(8));
  const other = new Sampler(store, selectPopulations(folder, SELECTION, 0), STILL, new Random(2));
  other.state = state;
  expect(Array.from({ length: 6 }, () => other.next(8))).toEqual(drawn);
  expect(other.state).toEqual(sampler.state);
});

test('every face is drawn once before any is drawn twice', async () => {
  const folder = await readCelebaFolder(await drawCelebaFolder([20]));
  const store = await loadCrops(folder, folder.faces, TINY_CROP, 0);
  const populations = selectPopulations(folder, SELECTION, 0);
  const sampler = new Sampler(store, populations, STILL, new Random(1));
  const batch = sampler.next(16);
  const bytes = TINY_CROP.width * TINY_CROP.height * 3;
  const drawn = new Set<string>();
  for (let i = 0; i < 16; i += 2) {
    drawn.add(batch.sources.subarray(i * bytes, (i + 1) * bytes).join());
  }
  expect(drawn.size).toBe(populations[0]?.sources.length);
});

test('a state of other decks is refused with what to do', async () => {
  const folder = await readCelebaFolder(await drawCelebaFolder([20]));
  const store = await loadCrops(folder, folder.faces, TINY_CROP, 0);
  const populations = selectPopulations(folder, SELECTION, 0);
  const sampler = new Sampler(store, populations, STILL, new Random(1));
  const { random, decks } = sampler.state;
  expect(() => {
    sampler.state = { random, decks: decks.slice(1) };
  }).toThrow(/new run with --from/);
});
