import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import sharp from 'sharp';
import { loadConfig } from '../../server/config.ts';
import { createLogger } from '../../server/logger.ts';
import { createMetrics } from '../../server/metrics.ts';
import { ModelRegistry } from '../../server/models/registry.ts';
import { scanRepository } from '../../server/models/repository.ts';
import type { MakeoverJob } from '../../server/photo/job.ts';
import { readComposite } from '../support/composites.ts';
import { createModelRepository, removeModelRepository } from '../support/model-repository.ts';

const SHIPPED = fileURLToPath(new URL('../../models', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/server/cli.js', import.meta.url));
const BUILT_SERVICE = new URL('../../dist/server/service.js', import.meta.url).href;
const LATENCY_PHOTOS = 100;
const WARM_UP_PHOTOS = 10;
const CLIENTS = 8;
const LOAD_S = 10;

interface Figures {
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly photosPerS: number;
}

/**
 * Latency of one photo after the other and photos per second of 8 clients: through the running
 * service, and by the same workers without HTTP.
 */
export async function benchService(): Promise<void> {
  const hasShipped = existsSync(`${SHIPPED}/feminine`);
  const repository = hasShipped ? SHIPPED : await createModelRepository();
  const model = hasShipped ? 'feminine' : 'tint';
  const photo = await createPhoto();
  console.log(
    `model ${model}, ${availableParallelism()} workers, 1000x1000 JPEG, ${photo.length} bytes`,
  );
  try {
    const direct = await measurePool(repository, model, photo);
    report('workers alone', direct);
    const service = await measureService(repository, model, photo);
    report('through HTTP ', service);
    const throughput = service.photosPerS / direct.photosPerS;
    const latency = service.medianMs / direct.medianMs;
    console.log(
      `HTTP / alone: photos/s x ${throughput.toFixed(2)}, median x ${latency.toFixed(2)}`,
    );
  } finally {
    if (!hasShipped) await removeModelRepository(repository);
  }
}

function report(what: string, { medianMs, p99Ms, photosPerS }: Figures): void {
  console.log(
    `${what}: median ${medianMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, ` +
      `${photosPerS.toFixed(1)} photos/s with ${CLIENTS} clients`,
  );
}

/** One megapixel with one face about 300 px wide. */
function createPhoto(): Promise<Buffer> {
  return sharp({ create: { width: 1000, height: 1000, channels: 3, background: '#7a7468' } })
    .composite([{ input: readComposite(), left: 180, top: 100 }])
    .jpeg({ quality: 92 })
    .toBuffer();
}

async function measurePool(repository: string, model: string, file: Buffer): Promise<Figures> {
  // The built workers, as the service has them: tsx's output is slower.
  const { createPool } = (await import(BUILT_SERVICE)) as typeof import('../../server/service.ts');
  const pool = createPool(loadConfig({}), createLogger('warn'), createMetrics());
  const registry = new ModelRegistry(await scanRepository(repository));
  const { folders } = registry;
  registry.record(await pool.start({ provider: { wanted: 'cpu', isStrict: true }, folders }));
  const job: MakeoverJob = {
    kind: 'makeover',
    file,
    model: registry.requireServed(model),
    strength: 1,
    faces: 'all',
    output: 'photo',
    format: undefined,
    quality: undefined,
    maxPixels: 50_000_000,
    maxFaces: 64,
  };
  const limits = {
    lane: 'interactive',
    timeoutMs: 30_000,
    signal: new AbortController().signal,
    pixels: 1e6,
    contentHash: '',
  } as const;
  try {
    const latency = await measureLatency(() => pool.run(job, limits));
    return { ...latency, photosPerS: await loadPool(() => pool.run(job, limits)) };
  } finally {
    await pool.stop();
  }
}

async function loadPool(makeOver: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  const endMs = startMs + LOAD_S * 1000;
  let photos = 0;
  const client = async () => {
    while (performance.now() < endMs) {
      await makeOver();
      photos++;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return photos / ((performance.now() - startMs) / 1000);
}

async function measureService(repository: string, model: string, photo: Buffer): Promise<Figures> {
  const env = {
    ...process.env,
    DM_MODEL_REPO: repository,
    DM_EP: 'cpu',
    DM_PORT: '0',
    DM_ADMIN_PORT: '0',
    DM_LOG_LEVEL: 'warn',
  };
  const child = spawn(process.execPath, [CLI, 'serve'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const line = await firstLine(child);
    console.log(line);
    const address = / at (\S+) /.exec(line)?.[1];
    const url = `${address}/v1/makeover?model=${model}`;
    const latency = await measureLatency(async () => {
      const response = await fetch(url, { method: 'POST', body: new Uint8Array(photo) });
      if (!response.ok) throw new Error(`the service answered ${await response.text()}`);
      await response.arrayBuffer();
    });
    return { ...latency, photosPerS: await loadService(url, photo) };
  } finally {
    child.kill('SIGTERM');
  }
}

async function loadService(url: string, photo: Buffer): Promise<number> {
  const result = await autocannon({
    url,
    method: 'POST',
    body: photo,
    connections: CLIENTS,
    duration: LOAD_S,
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${result.non2xx} answers were no success, ${result.errors} requests failed`);
  }
  return result['2xx'] / result.duration;
}

async function measureLatency(
  makeOver: () => Promise<unknown>,
): Promise<Pick<Figures, 'medianMs' | 'p99Ms'>> {
  const timesMs: number[] = [];
  for (let i = -WARM_UP_PHOTOS; i < LATENCY_PHOTOS; i++) {
    const startMs = performance.now();
    await makeOver();
    if (i >= 0) timesMs.push(performance.now() - startMs);
  }
  timesMs.sort((a, b) => a - b);
  const quantile = (q: number) => timesMs[Math.floor(q * (timesMs.length - 1))] ?? Number.NaN;
  return { medianMs: quantile(0.5), p99Ms: quantile(0.99) };
}

function firstLine({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.split('\n')[0] ?? '');
    });
    stdout?.once('close', () => reject(new Error('the service ended before it served')));
  });
}
