import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TensorMap } from '../../../models/contract/tensor.ts';
import { Batcher } from '../../../server/device/batcher.ts';
import type { BatchStats } from '../../../server/device/messages.ts';
import type { Lane } from '../../../server/photo/lanes.ts';

const MAX_DELAY_MS = 4;

interface Run {
  readonly levels: number[];
  readonly finish: (error?: Error) => Promise<void>;
}

let runs: Run[];
let stats: BatchStats[];
let canGrow: boolean;
let batcher: Batcher;

beforeEach(() => {
  vi.useFakeTimers();
  runs = [];
  stats = [];
  canGrow = true;
  batcher = new Batcher({
    buckets: [1, 2, 4, 8],
    maxDelayMs: MAX_DELAY_MS,
    run: start,
    canGrow: () => canGrow,
    onBatch: (batch) => stats.push(batch),
  });
});
afterEach(() => vi.useRealTimers());

/** A model that adds 100 to each row, and is done when the test says so. */
function start({ image }: TensorMap): Promise<TensorMap> {
  if (image === undefined) throw new Error('no image');
  const levels = [...image.data];
  const data = Uint8Array.from(levels, (level) => level + 100);
  return new Promise((resolve, reject) => {
    const finish = async (error?: Error) => {
      if (error) reject(error);
      else resolve({ result: { type: 'uint8', dims: image.dims, data } });
      await vi.advanceTimersByTimeAsync(0);
    };
    runs.push({ levels, finish });
  });
}

interface Ask {
  readonly lane?: Lane;
  readonly isAlone?: boolean;
  readonly isWanted?: () => boolean;
  readonly width?: number;
}

/** Asks for rows of the given levels, and gives those that came back. */
async function ask(levels: readonly number[], options: Ask = {}): Promise<number[]> {
  const { lane = 'interactive', isAlone = false, isWanted = () => true, width = 1 } = options;
  const data = Uint8Array.from(levels.flatMap((level) => Array<number>(width).fill(level)));
  const feeds = { image: { type: 'uint8', dims: [levels.length, width], data } } as const;
  const { result } = await batcher.run({ feeds, lane, isAlone, isWanted });
  expect(result?.dims).toEqual([levels.length, width]);
  return [...(result?.data ?? [])];
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('a batch is released', () => {
  test('at the deadline of its first face, padded to the next size', async () => {
    const first = ask([1, 2]);
    await pass(3);
    const second = ask([3]);
    await pass(0.5);
    expect(runs).toEqual([]);
    await pass(1);
    expect(runs[0]?.levels).toEqual([1, 2, 3, 0]);
    expect(stats).toEqual([{ reason: 'deadline', faces: 3, bucket: 4 }]);
    await runs[0]?.finish();
    expect(await first).toEqual([101, 102]);
    expect(await second).toEqual([103]);
  });

  test('at once when it is full; what is left over goes into the next one', async () => {
    const five = ask([1, 2, 3, 4, 5]);
    const six = ask([6, 7, 8, 9, 10, 11]);
    expect(runs[0]?.levels).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await runs[0]?.finish();
    await pass(MAX_DELAY_MS);
    expect(runs[1]?.levels).toEqual([9, 10, 11, 0]);
    await runs[1]?.finish();
    expect(await five).toEqual([101, 102, 103, 104, 105]);
    expect(await six).toEqual([106, 107, 108, 109, 110, 111]);
    expect(stats.map(({ reason }) => reason)).toEqual(['full', 'deadline']);
  });

  test('at once when nobody is left who could add to it', async () => {
    canGrow = false;
    const answer = ask([1]);
    expect(stats).toEqual([{ reason: 'idle', faces: 1, bucket: 1 }]);
    await runs[0]?.finish();
    expect(await answer).toEqual([101]);

    canGrow = true;
    void ask([2]);
    expect(runs).toHaveLength(1);
    canGrow = false;
    batcher.release();
    expect(runs[1]?.levels).toEqual([2]);
  });
});

test('while one batch runs, the next gathers', async () => {
  canGrow = false;
  void ask([1]);
  void ask([2]);
  void ask([3]);
  expect(runs.map(({ levels }) => levels)).toEqual([[1]]);
  expect(batcher.runningMs).toBe(0);
  await pass(30);
  expect(batcher.runningMs).toBe(30);
  await runs[0]?.finish();
  expect(runs[1]?.levels).toEqual([2, 3]);
});

describe('lanes', () => {
  test('interactive goes first, batch fills only what would be padding', async () => {
    canGrow = false;
    void ask([1]);
    const batch = ask([50, 51, 52], { lane: 'batch' });
    void ask([2]);
    void ask([3, 4]);
    void ask([5]);
    void ask([6, 7]);
    await runs[0]?.finish();
    expect(runs[1]?.levels).toEqual([2, 3, 4, 5, 6, 7, 50, 51]);
    await runs[1]?.finish();
    expect(runs[2]?.levels).toEqual([52]);
    await runs[2]?.finish();
    expect(await batch).toEqual([150, 151, 152]);
  });

  test('a batch that has waited long counts as interactive', async () => {
    canGrow = false;
    void ask([1]);
    void ask([50], { lane: 'batch' });
    await pass(250);
    void ask([2, 3]);
    await runs[0]?.finish();
    expect(runs[1]?.levels).toEqual([50, 2, 3, 0]);
  });

  test('without interactive requests, batch has all sizes to itself', async () => {
    canGrow = false;
    void ask([50, 51, 52], { lane: 'batch' });
    expect(runs[0]?.levels).toEqual([50, 51, 52, 0]);
  });
});

test('other shapes, and what must be alone, share no batch', async () => {
  canGrow = false;
  void ask([1]);
  void ask([2]);
  void ask([3], { width: 2 });
  void ask([4], { isAlone: true });
  void ask([5]);
  for (let i = 0; i < 3; i++) await runs[i]?.finish();
  expect(runs.map(({ levels }) => levels)).toEqual([[1], [2, 5], [3, 3], [4]]);
});

test('what nobody wants any more is dropped before it costs a run', async () => {
  canGrow = false;
  void ask([1]);
  let isWanted = true;
  void ask([2], { isWanted: () => isWanted });
  void ask([3]);
  isWanted = false;
  await runs[0]?.finish();
  expect(runs[1]?.levels).toEqual([3]);
});

test('a failed run fails its requests, split ones too, and the next goes on', async () => {
  const failed = ask([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  void ask([10]);
  const refused = expect(failed).rejects.toThrow('out of memory');
  await runs[0]?.finish(new Error('out of memory'));
  await refused;
  await pass(MAX_DELAY_MS);
  expect(runs[1]?.levels).toEqual([10]);
});

test('closing waits for the batch in work and fails what waits', async () => {
  canGrow = false;
  const inWork = ask([1]);
  const waiting = expect(ask([2])).rejects.toThrow('released');
  const closed = vi.fn();
  const closing = batcher.close().then(closed);
  await waiting;
  expect(closed).not.toHaveBeenCalled();
  await runs[0]?.finish();
  await closing;
  expect(await inWork).toEqual([101]);
  expect(runs).toHaveLength(1);
});

test('feeds without a common first dim are refused', async () => {
  const feeds: TensorMap = { image: { type: 'uint8', dims: [0, 1], data: new Uint8Array(0) } };
  const request = { feeds, lane: 'interactive', isAlone: false, isWanted: () => true } as const;
  await expect(batcher.run(request)).rejects.toThrow(/first dim/);
});
