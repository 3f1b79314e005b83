import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { Service } from '../../server/service.ts';
import { readComposite } from '../support/composites.ts';
import {
  createModelRepository,
  publishGenerator,
  removeModelRepository,
} from '../support/model-repository.ts';
import { startPhotoLoad } from '../support/photo-load.ts';
import { startTestService } from '../support/service.ts';

const PAGE_BYTES = 4096;
const VERSIONS = [1, 2, 3];
const CLIENTS = 3;
/** The first share of the swaps in which allocators may still grow. */
const WARM_UP = 0.25;

export interface SwapsResult {
  readonly swaps: number;
  readonly answered: number;
  readonly failures: readonly string[];
  /** Of the workers and of this process together, from the end of the warm-up on, per swap. */
  readonly growthBytesPerSwap: number;
}

/**
 * Changes the version that serves again and again while clients send photos. Each time the version
 * is loaded and checked anew, and the one before is released.
 */
export async function runSwaps(
  swaps: number,
  tell: (line: string) => void = () => {},
): Promise<SwapsResult> {
  const repository = await createModelRepository();
  await publishGenerator(repository, 'tint', [0, 0, 30], 2);
  await publishGenerator(repository, 'tint', [0, 30, 0], 3);
  const service = await startTestService({
    DM_MODEL_REPO: repository,
    DM_WORKERS: '2',
    DM_MODEL_POLL_S: '0',
    DM_STANDBY_VERSIONS: '0',
    // A worker that is replaced would hide what it had leaked.
    DM_WORKER_MAX_RSS_BYTES: String(8 * 2 ** 30),
  });
  try {
    return await swapUnderLoad(service, swaps, tell);
  } finally {
    await service.stop();
    await removeModelRepository(repository);
  }
}

async function swapUnderLoad(
  service: Service,
  swaps: number,
  tell: (line: string) => void,
): Promise<SwapsResult> {
  const { models, registry } = service.context;
  const model = registry.requireModel('tint');
  const photo = await sharp(readComposite()).resize(160).jpeg().toBuffer();
  const url = `${service.url}/v1/makeover?model=tint`;
  const loads = Array.from({ length: CLIENTS }, () => startPhotoLoad(url, photo));
  const settledAt = Math.floor(WARM_UP * swaps);
  let settledBytes = 0;
  for (let i = 1; i <= swaps; i++) {
    await models.operator.activate(model, VERSIONS[i % VERSIONS.length] ?? 1);
    if (i === settledAt) settledBytes = await residentBytes(service);
    if (i % Math.ceil(swaps / 10) === 0) {
      tell(`${i} swaps: ${((await residentBytes(service)) / 2 ** 20).toFixed(0)} MiB`);
    }
  }
  const growth = (await residentBytes(service)) - settledBytes;
  const results = await Promise.all(loads.map((stop) => stop()));
  return {
    swaps,
    answered: results.reduce((sum, { answered }) => sum + answered, 0),
    failures: results.flatMap(({ failures }) => failures),
    growthBytesPerSwap: growth / (swaps - settledAt),
  };
}

/** Memory of the photo workers and of this process, as Linux tells it. */
async function residentBytes({ context }: Service): Promise<number> {
  const sizes = [process.pid, ...context.pool.pids].map(async (pid) => {
    const fields = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ');
    return Number(fields[1]) * PAGE_BYTES;
  });
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
}
