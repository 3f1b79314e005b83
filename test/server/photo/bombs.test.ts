import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashContent } from '../../../server/photo/content-hash.ts';
import { ProblemError } from '../../../server/problem.ts';
import type { Service } from '../../../server/service.ts';
import { BOMBS } from '../../support/bombs.ts';
import { startTestService } from '../../support/service.ts';

/** Over a worker that has loaded its models. */
const MAX_GROWTH_BYTES = 200e6;
/** Of the worker's own time, so that a busy machine changes nothing. */
const MAX_CPU_MS = 1000;
/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;
const canMeasure = existsSync('/proc/self/stat');

let service: Service;
beforeAll(async () => {
  service = await startTestService({ DM_TIMEOUT_MS: '20000' });
});
afterAll(() => service.stop());

function pid(): number {
  const [first] = service.context.pool.pids;
  if (first === undefined) throw new Error('the pool has no worker');
  return first;
}

/** Past the process's name: state, then numbers, of which 12 and 13 are its ticks. */
async function cpuMs(): Promise<number> {
  const stat = await readFile(`/proc/${pid()}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return TICK_MS * (Number(fields[11]) + Number(fields[12]));
}

/** The most memory that the worker has held. */
async function peakBytes(): Promise<number> {
  const status = await readFile(`/proc/${pid()}/status`, 'utf8');
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]);
}

/** Hands the worker a file as if nobody had looked at its header. */
async function work(file: Buffer): Promise<string> {
  const { config, pool } = service.context;
  const { maxPixels, maxFaces } = config;
  const job = { kind: 'faces', file, maxPixels, maxFaces } as const;
  try {
    const { faces } = await pool.run(job, {
      lane: 'interactive',
      timeoutMs: config.timeoutMs,
      signal: new AbortController().signal,
      pixels: 1,
      contentHash: await hashContent(file),
    });
    return faces.length === 0 ? 'NO_FACE_FOUND' : 'faces';
  } catch (error) {
    return error instanceof ProblemError ? error.code : String(error);
  }
}

describe('a worker that is handed', () => {
  let worker = 0;
  let restBytes = 0;
  beforeAll(async () => {
    worker = pid();
    if (canMeasure) restBytes = await peakBytes();
  });

  test.each(BOMBS)('a $name answers at once and holds little', async ({ create, code }) => {
    const file = await create();
    expect(file.length).toBeLessThan(service.context.config.maxUploadBytes);
    const startMs = canMeasure ? await cpuMs() : 0;
    expect(await work(file)).toBe(code);
    expect(pid()).toBe(worker);
    if (!canMeasure) return;
    expect((await cpuMs()) - startMs).toBeLessThan(MAX_CPU_MS);
    expect((await peakBytes()) - restBytes).toBeLessThan(MAX_GROWTH_BYTES);
  });
});
