import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chooseBackend } from '../../trainer/backend.ts';
import type { StatsLine, StepStats } from '../../trainer/training/stats-file.ts';
import { freePort } from '../bench/http/free-port.ts';
import { startService } from '../bench/http/server-process.ts';
import { createModelRepository, removeModelRepository } from '../support/model-repository.ts';
import { drawCelebaFolder, tinyConfig } from '../support/tiny-run.ts';
import { createTinyTraining, SILENT, trainToEnd } from '../support/tiny-training.ts';
import { createRunFolder, trainWithKills } from '../support/training-process.ts';
import { runBatchKills } from './batches.ts';
import { soakFaults } from './faults.ts';
import { soakLargePhoto } from './large-photo.ts';
import { MAX_BYTES_PER_1000_REQUESTS, measureMemorySlope } from './requests.ts';
import { runSwaps } from './swaps.ts';

const HELP = `Usage: npm run soak -- train [--steps N]    memory stays flat over N steps (default: 10000)
       npm run soak -- kill [--kills N]     a run survives N kills at random moments (default: 20)
       npm run soak -- faults [--bodies N] [--seed N]
                                            a service outlives N malformed bodies (default: 50000)
       npm run soak -- swaps [--swaps N]    N changes of the version that serves lose no photo and
                                            leave no memory behind (default: 200)
       npm run soak -- requests [--requests N]
                                            the service's memory stays flat (default: 10000)
       npm run soak -- large-photo          a browser makes 48 megapixels over, and is never busy
                                            for 50 ms
       npm run soak -- batches [--items N] [--kills N]
                                            a batch of N photos outlives kills of the service
                                            (default: 500 photos, 3 kills)

The first two train small networks on drawn faces; the others load a service.
`;

/** The first share of a run in which caches and pools may still grow. */
const WARM_UP = 0.2;
/** What the memory may grow by afterwards. */
const MAX_GROWTH_BYTES = 32 * 2 ** 20;

/** Runs one of the long tests. Returns the process's exit code: 2 for wrong use. */
export async function main(args: readonly string[]): Promise<number> {
  let soak: () => Promise<number>;
  try {
    soak = parseSoak(args);
  } catch (error) {
    console.error(`soak: ${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  return soak();
}

function parseSoak(args: readonly string[]): () => Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      steps: { type: 'string', default: '10000' },
      kills: { type: 'string' },
      items: { type: 'string', default: '500' },
      bodies: { type: 'string', default: '50000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      swaps: { type: 'string', default: '200' },
      requests: { type: 'string', default: '10000' },
    },
  });
  const soaks: Readonly<Record<string, () => Promise<number>>> = {
    train: () => soakTraining(Number(values.steps)),
    kill: () => soakKills(Number(values.kills ?? 20)),
    faults: () => soakFaults(Number(values.bodies), Number(values.seed)),
    swaps: () => soakSwaps(Number(values.swaps)),
    requests: () => soakRequests(Number(values.requests)),
    batches: () => soakBatches(Number(values.items), Number(values.kills ?? 3)),
    'large-photo': soakLargePhoto,
  };
  const [name, ...others] = positionals;
  const soak = name !== undefined && Object.hasOwn(soaks, name) ? soaks[name] : undefined;
  if (soak === undefined || others.length > 0) {
    throw new Error(`name one of ${Object.keys(soaks).join(', ')}`);
  }
  return soak;
}

async function soakRequests(requests: number): Promise<number> {
  const repository = await createModelRepository();
  // A cache of the default size would still be filling at the end.
  const service = await startService(repository, { DM_CACHE_MB: '1' }, await freePort());
  try {
    const slope = await measureMemorySlope(service, requests, (sample) => {
      console.log(`${sample.requests} requests: ${(sample.rssBytes / 2 ** 20).toFixed(0)} MiB`);
    });
    const isFlat = slope < MAX_BYTES_PER_1000_REQUESTS;
    console.log(`${isFlat ? 'flat' : 'NOT flat'}: ${(slope / 2 ** 20).toFixed(2)} MiB per 1,000`);
    return isFlat ? 0 : 1;
  } finally {
    await service.stop();
    await removeModelRepository(repository);
  }
}

async function soakTraining(steps: number): Promise<number> {
  console.log((await chooseBackend()).description);
  const lines: StepStats[] = [];
  const line = (added: StatsLine): void => {
    if (!('losses' in added)) return;
    lines.push(added);
    console.log(
      `step ${added.step}: ${added.tensors} tensors, ${(added.rssBytes / 2 ** 20).toFixed(0)} MiB`,
    );
  };
  const training = await createTinyTraining(tinyConfig(await drawCelebaFolder([24]), steps));
  const logEverySteps = Math.max(1, Math.floor(steps / 20));
  await trainToEnd(training, {
    logEverySteps,
    gridEverySteps: 500,
    checkpointEveryMs: 10_000,
    reporter: { ...SILENT, line },
  });
  const settled = lines.filter(({ fraction }) => fraction >= WARM_UP);
  const growth = Math.max(...settled.map(({ rssBytes }) => rssBytes - (settled[0]?.rssBytes ?? 0)));
  const tensors = new Set(settled.map((stats) => stats.tensors)).size;
  const isFlat = tensors === 1 && growth <= MAX_GROWTH_BYTES;
  console.log(
    `${isFlat ? 'flat' : 'NOT flat'}: ${(growth / 2 ** 20).toFixed(1)} MiB more memory, ${tensors} different numbers of tensors`,
  );
  return isFlat ? 0 : 1;
}

async function soakSwaps(swaps: number): Promise<number> {
  const { answered, failures, growthBytesPerSwap } = await runSwaps(swaps, console.log);
  const isFlat = growthBytesPerSwap * swaps <= MAX_GROWTH_BYTES;
  console.log(
    `${swaps} swaps, ${answered} photos answered, ${failures.length} lost, ` +
      `${(growthBytesPerSwap / 1024).toFixed(0)} KiB more memory a swap: ${isFlat ? 'flat' : 'NOT flat'}`,
  );
  for (const failure of failures.slice(0, 10)) console.log(failure);
  return isFlat && failures.length === 0 ? 0 : 1;
}

async function soakBatches(items: number, kills: number): Promise<number> {
  const { faults, killedAt } = await runBatchKills(items, kills, console.log);
  for (const fault of faults.slice(0, 10)) console.log(fault);
  console.log(
    `${items} photos, killed after ${killedAt.join(', ')} results: ${faults.length} lost, twice or wrong`,
  );
  return faults.length === 0 ? 0 : 1;
}

async function soakKills(kills: number): Promise<number> {
  // Each process makes two steps at least before it is killed.
  const run = await createRunFolder(tinyConfig(await drawCelebaFolder([40, 10]), 10 * kills));
  const { code, output } = await trainWithKills(run, kills, []);
  console.log(`${output}\n${run}: ended with code ${code} after ${kills} kills`);
  return code ?? 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
