import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { BatchView } from '../../models/contract/api/batches.ts';
import type { BatchRecord } from '../../server/batches/records.ts';
import { beginBatch, photoForm, watchToEnd } from '../support/batch-client.ts';
import { readComposite } from '../support/composites.ts';
import { createModelRepository, removeModelRepository } from '../support/model-repository.ts';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts';
import { unzip } from '../support/unzip.ts';

/** File descriptor of our own log. */
const STDERR = 2;
const POLL_MS = 20;

export interface BatchKillsResult {
  /** Photos that are missing, there twice or not what they should be, in words. */
  readonly faults: readonly string[];
  /** Results that were there at each kill. */
  readonly killedAt: readonly number[];
}

/**
 * Kills a service again and again in the middle of a batch, starts it anew on the same folder, and
 * compares the results with the photos. Each photo has a size of its own, by which it is known.
 */
export async function runBatchKills(
  items: number,
  kills: number,
  tell: (line: string) => void = () => {},
): Promise<BatchKillsResult> {
  const repository = await createModelRepository();
  const dataFolder = await mkdtemp(join(tmpdir(), 'deep-makeover-batches-'));
  const settings = {
    DM_MODEL_REPO: repository,
    DM_DATA_DIR: dataFolder,
    DM_WORKERS: '2',
    DM_LOG_LEVEL: 'error',
    DM_MODEL_POLL_S: '0',
  };
  let service = await startServiceProcess(settings, STDERR);
  try {
    const photos = await createPhotos(items);
    const batch = await beginBatch(service.url, 'model=tint&format=png', photoForm(photos));
    const killedAt: number[] = [];
    for (let kill = 1; kill <= kills; kill++) {
      killedAt.push(await whenEnded(service, batch, Math.floor((kill * items) / (kills + 1))));
      await service.kill();
      tell(`killed after ${killedAt.at(-1)} results`);
      service = await startServiceProcess(settings, STDERR);
    }
    await watchToEnd(service.url, batch);
    const journal = join(dataFolder, 'batches', batch.id, 'journal.jsonl');
    const archive = await fetch(`${service.url}/v1/batches/${batch.id}/result`);
    const files = await unzip(Buffer.from(await archive.arrayBuffer()));
    const faults = [
      ...(await findFaultyFiles(files, photos)),
      ...(await findRepeatedWork(journal, items)),
    ];
    return { faults, killedAt };
  } finally {
    await service.stop();
    await removeModelRepository(repository);
    await rm(dataFolder, { recursive: true, force: true });
  }
}

async function createPhotos(items: number): Promise<Record<string, Buffer>> {
  const face = readComposite();
  const entries = Array.from({ length: items }, async (_, i) => {
    const photo = await sharp(face)
      .resize({ ...sizeOf(i), fit: 'fill' })
      .jpeg()
      .toBuffer();
    return [`${i}.jpg`, photo] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Of all photos different, and near enough to the portrait's own shape that its face is found. */
function sizeOf(index: number): { readonly width: number; readonly height: number } {
  return { width: 150 + (index % 25), height: 190 + Math.floor(index / 25) };
}

async function whenEnded(
  { url }: ServiceProcess,
  { id }: BatchView,
  wanted: number,
): Promise<number> {
  for (;;) {
    const view = (await (await fetch(`${url}/v1/batches/${id}`)).json()) as BatchView;
    const ended = view.counts.succeeded + view.counts.failed;
    if (ended >= wanted) return ended;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function findFaultyFiles(
  files: ReadonlyMap<string, Buffer>,
  photos: Readonly<Record<string, Buffer>>,
): Promise<string[]> {
  const names = Object.keys(photos);
  const faults: string[] = [];
  // The archive has the manifest too, and no name twice: that is checked by who unpacks it.
  if (files.size !== names.length + 1) faults.push(`${files.size - 1} results in the archive`);
  for (const [i, name] of names.entries()) {
    const result = files.get(name.replace('.jpg', '.png'));
    const size = result && (await sharp(result).metadata());
    const { width, height } = sizeOf(i);
    if (size?.width !== width || size.height !== height) {
      faults.push(
        `${name} is ${size?.width ?? 0} x ${size?.height ?? 0}, not ${width} x ${height}`,
      );
    }
  }
  const lines = files.get('manifest.csv')?.toString().trimEnd().split('\r\n') ?? [];
  const succeeded = lines.filter((line) => line.includes(',succeeded,'));
  if (succeeded.length !== names.length) faults.push(`${succeeded.length} items in the manifest`);
  return faults;
}

/** Results that the journal has more than once: each must have been delivered by one of the lives. */
async function findRepeatedWork(journal: string, items: number): Promise<string[]> {
  const lines = (await readFile(journal, 'utf8')).trimEnd().split('\n');
  const records = lines.map((line) => JSON.parse(line) as BatchRecord);
  const numbers = records.flatMap((record) => (record.type === 'succeeded' ? [record.number] : []));
  const distinct = new Set(numbers).size;
  return numbers.length === items && distinct === items
    ? []
    : [`the journal has ${numbers.length} results of ${distinct} items`];
}
