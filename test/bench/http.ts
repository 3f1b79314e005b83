import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { createModelRepository, removeModelRepository } from '../support/model-repository.ts';
import { PhotoClient } from './http/client.ts';
import { freePort } from './http/free-port.ts';
import { type Figures, measureLoad } from './http/load.ts';
import { parseHttpOptions } from './http/options.ts';
import { overload } from './http/overload.ts';
import { createPhotos, type Photos } from './http/photos.ts';
import {
  readGauges,
  type ServerProcess,
  startNaivePeer,
  startService,
} from './http/server-process.ts';
import { startWorkersAlone, type WorkersAlone } from './http/workers-alone.ts';

const SHIPPED = fileURLToPath(new URL('../../models', import.meta.url));
const WARM_UP_PHOTOS = 10;
const OVERLOAD = 5;
/** On slow machines 32 clients would wait so long that some were refused. */
const PATIENT = { DM_TIMEOUT_MS: '120000' };
/** What is expected; see the table's last columns. */
const MIN_OF_WORKERS = 0.9;
const MIN_OF_NAIVE = 1.2;
const MAX_LAG_MS = 20;

interface Servers {
  readonly workers: WorkersAlone;
  readonly service: ServerProcess;
  readonly client: PhotoClient;
  readonly naive: PhotoClient;
}

/**
 * Photos per second, and the times that clients see, of the service and of two peers in the same
 * run: its own workers without HTTP, and the server that one would write first.
 */
export async function benchHttp(args: readonly string[]): Promise<void> {
  const options = parseHttpOptions(args);
  const hasShipped = existsSync(`${SHIPPED}/feminine`);
  const repository = hasShipped ? SHIPPED : await createModelRepository();
  const name = hasShipped ? 'feminine' : 'tint';
  const versions = await readdir(`${repository}/${name}`);
  const model = `${name}/${Math.max(...versions.map(Number).filter(Number.isInteger))}`;
  console.log(`model ${model}, ${availableParallelism()} cores, ${options.seconds} s each`);
  const workers = await startWorkersAlone(repository, model);
  // Every photo is another file, so that keeping results would only cost.
  const service = await startService(repository, PATIENT, await freePort());
  const naive = await startNaivePeer(repository, model);
  const client = new PhotoClient(`${service.url}/v1/makeover?model=${name}`);
  const servers = { workers, service, client, naive: new PhotoClient(naive.url) };
  try {
    for (const megapixels of options.megapixels) {
      const photos = await createPhotos(megapixels);
      await warmUp(servers, photos);
      console.log(`\n${megapixels} megapixels, ${photos.source}`);
      for (const clients of options.clients) {
        await compare(servers, photos, clients, options.seconds);
      }
      if (options.withOverload) await measureOverload(servers, photos, options.seconds);
    }
  } finally {
    client.close();
    servers.naive.close();
    await Promise.all([workers.stop(), service.stop(), naive.stop()]);
    if (!hasShipped) await removeModelRepository(repository);
  }
}

async function warmUp({ workers, client, naive }: Servers, photos: Photos): Promise<void> {
  const send = async () => {
    await workers.makeOver(photos.next(), photos.pixels);
    await client.makeOver(photos.next());
    await naive.makeOver(photos.next());
  };
  for (let i = 0; i < WARM_UP_PHOTOS; i++) await send();
}

async function compare(
  { workers, service, client, naive }: Servers,
  photos: Photos,
  clients: number,
  seconds: number,
): Promise<void> {
  const alone = await measureLoad(
    () => workers.makeOver(photos.next(), photos.pixels),
    clients,
    seconds,
  );
  await readGauges(service);
  const served = await measureLoad(() => client.makeOver(photos.next()), clients, seconds);
  const { eventLoopLagMs, httpRssBytes, workersRssBytes } = await readGauges(service);
  const simple = await measureLoad(() => naive.makeOver(photos.next()), clients, seconds);
  const ofWorkers = served.photosPerS / alone.photosPerS;
  const ofNaive = served.photosPerS / simple.photosPerS;
  console.log(
    [
      `${String(clients).padStart(3)} clients: service ${describe(served)}`,
      `             workers alone ${describe(alone)}: ${ratio(ofWorkers, MIN_OF_WORKERS)}`,
      `             naive Express ${describe(simple)}: ${ratio(ofNaive, MIN_OF_NAIVE)}`,
      `             event-loop delay p99 ${eventLoopLagMs.toFixed(1)} ms (below ${MAX_LAG_MS} expected), ` +
        `memory ${mebibytes(httpRssBytes)} + workers ${mebibytes(workersRssBytes)}`,
    ].join('\n'),
  );
}

/** At a rate of several times what the service can do. */
async function measureOverload(
  { service, client }: Servers,
  photos: Photos,
  seconds: number,
): Promise<void> {
  const makeOver = () => client.makeOver(photos.next());
  const { photosPerS } = await measureLoad(makeOver, 16, seconds);
  const before = await readGauges(service);
  const figures = await overload(client, photos, OVERLOAD * photosPerS, 3 * seconds);
  const after = await readGauges(service);
  const goodput = figures.photosPerS / photosPerS;
  const admitted = figures.waitedAndAdmitted / figures.waited;
  console.log(
    `  ${OVERLOAD} x ${photosPerS.toFixed(1)} photos/s: goodput ${ratio(goodput, 0.9)}, ` +
      `${figures.refused} refused, ${figures.waited} came back as told: ${ratio(admitted, 0.9)} admitted, ` +
      `event-loop delay p99 ${after.eventLoopLagMs.toFixed(1)} ms, memory ` +
      `${mebibytes(before.httpRssBytes)} -> ${mebibytes(after.httpRssBytes)}, workers ` +
      `${mebibytes(before.workersRssBytes)} -> ${mebibytes(after.workersRssBytes)}`,
  );
}

function describe({ photosPerS, p50Ms, p99Ms }: Figures): string {
  return `${photosPerS.toFixed(1)} photos/s, p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms`;
}

function ratio(value: number, expected: number): string {
  return `${value >= expected ? '' : 'ONLY '}x ${value.toFixed(2)} (${expected} expected)`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
