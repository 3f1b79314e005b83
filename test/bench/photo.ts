import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import { loadConfig } from '../../server/config.ts';
import { createLogger } from '../../server/logger.ts';
import { createMetrics } from '../../server/metrics.ts';
import { ModelRegistry } from '../../server/models/registry.ts';
import { scanRepository } from '../../server/models/repository.ts';
import type { MakeoverJob } from '../../server/photo/job.ts';
import type { PhotoPool } from '../../server/photo/pool.ts';
import { readComposite } from '../support/composites.ts';
import { createModelRepository, removeModelRepository } from '../support/model-repository.ts';

const SHIPPED = fileURLToPath(new URL('../../models', import.meta.url));
const BUILT_SERVICE = new URL('../../dist/server/service.js', import.meta.url).href;
const SIZE = { width: 4000, height: 3000 } as const;
const RASTER_BYTES = SIZE.width * SIZE.height * 3;

const KINDS: Readonly<Record<string, (photo: Sharp) => Sharp>> = {
  jpeg: (photo) => photo.jpeg({ quality: 92 }),
  'jpeg, on its side': (photo) => photo.withMetadata({ orientation: 6 }).jpeg({ quality: 92 }),
  'jpeg, progressive': (photo) => photo.jpeg({ quality: 92, progressive: true }),
  png: (photo) => photo.png({ compressionLevel: 3 }),
  webp: (photo) => photo.webp({ quality: 90, effort: 0 }),
  avif: (photo) => photo.avif({ quality: 80, effort: 0 }),
};

/**
 * One 12-megapixel photo of each kind in a fresh worker: time by stage, and the most memory that
 * the worker held above what it had at rest, as a multiple of the decoded raster. Linux only.
 */
export async function benchPhoto(): Promise<void> {
  const hasShipped = existsSync(`${SHIPPED}/feminine`);
  const repository = hasShipped ? SHIPPED : await createModelRepository();
  const model = hasShipped ? 'feminine' : 'tint';
  const photo = await createPhoto();
  console.log(`model ${model}, ${SIZE.width} x ${SIZE.height}, raster ${RASTER_BYTES / 1e6} MB`);
  try {
    for (const [kind, encode] of Object.entries(KINDS)) {
      await measure(kind, await encode(sharp(photo)).toBuffer(), repository, model);
    }
  } finally {
    if (!hasShipped) await removeModelRepository(repository);
  }
}

/** A face 1300 px wide with the noise of a camera: without it a photo of this size packs too well. */
async function createPhoto(): Promise<Buffer> {
  const { width, height } = SIZE;
  const noise = { type: 'gaussian', mean: 128, sigma: 6 } as const;
  const grain = await sharp({ create: { ...SIZE, channels: 3, background: '#808080', noise } })
    .png({ compressionLevel: 0 })
    .toBuffer();
  return sharp(readComposite())
    .resize(width, height, { fit: 'contain', background: '#7a7468' })
    .composite([{ input: grain, blend: 'soft-light' }])
    .removeAlpha()
    .png({ compressionLevel: 0 })
    .toBuffer();
}

async function measure(
  kind: string,
  file: Buffer,
  repository: string,
  model: string,
): Promise<void> {
  // The built worker, as the service has it: tsx's output is slower.
  const { createPool } = (await import(BUILT_SERVICE)) as typeof import('../../server/service.ts');
  const pool = createPool(
    loadConfig({ DM_WORKERS: '1', DM_TIMEOUT_MS: '120000' }),
    createLogger('warn'),
    createMetrics(),
  );
  try {
    const registry = new ModelRegistry(await scanRepository(repository));
    const { folders } = registry;
    registry.record(await pool.start({ provider: { wanted: 'cpu', isStrict: true }, folders }));
    const version = registry.requireServed(model);
    await run(pool, version, await sharp(readComposite()).jpeg().toBuffer());
    const restBytes = await peakBytes(pool);
    const timingsMs = await run(pool, version, file);
    const peak = ((await peakBytes(pool)) - restBytes) / RASTER_BYTES;
    const stages = Object.entries(timingsMs).map(([stage, ms]) => `${stage} ${ms.toFixed(0)}`);
    const megabytes = (file.length / 1e6).toFixed(1);
    console.log(
      `${kind}, ${megabytes} MB: ${peak.toFixed(1)} rasters over rest; ms: ${stages.join(', ')}`,
    );
  } finally {
    await pool.stop();
  }
}

async function run(
  pool: PhotoPool,
  model: string,
  file: Buffer,
): Promise<Readonly<Record<string, number>>> {
  const job: MakeoverJob = {
    kind: 'makeover',
    file,
    model,
    strength: 1,
    faces: 'all',
    output: 'photo',
    format: undefined,
    quality: undefined,
    maxPixels: 50_000_000,
    maxFaces: 64,
  };
  const { timingsMs } = await pool.run(job, {
    lane: 'interactive',
    timeoutMs: 120_000,
    signal: new AbortController().signal,
    pixels: 1e6,
    contentHash: '',
  });
  return timingsMs;
}

/** The most memory that the pool's worker has held since it started. */
async function peakBytes({ pids }: PhotoPool): Promise<number> {
  const status = await readFile(`/proc/${pids[0]}/status`, 'utf8');
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]);
}
