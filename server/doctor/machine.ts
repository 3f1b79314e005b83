import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { MIB } from '../config/setting-kinds.ts';
import type { ServerConfig } from '../config.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/** What the HTTP process needs beside what its settings bound. */
const HTTP_PROCESS_BYTES = 256 * MIB;
const MIN_FREE_DISK_BYTES = 1024 * MIB;

/**
 * Node's version against what the package asks for.
 *
 * @param wanted the package's `engines.node`, as `>=20.19 <23`
 */
export function checkNode(version: string, wanted: string): Finding {
  const [, from = '', below = ''] = /^>=([\d.]+) <([\d.]+)$/.exec(wanted) ?? [];
  const isRight = compare(version, from) >= 0 && compare(version, below) < 0;
  if (isRight) return ok('node', version);
  return failed('node', version, `install a Node.js of ${wanted}, such as the newest 22`);
}

/** Compares dotted versions; what is left out counts as 0. */
function compare(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The memory that may be used here: the machine's, or less where a container limits it. */
export function availableBytes(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** The most that the settings let the service hold, against the memory that is there. */
export function checkMemory(
  config: Pick<ServerConfig, 'workers' | 'workerMaxRssBytes' | 'uploadBudgetBytes' | 'cacheBytes'>,
  available: number,
): Finding {
  const { workers, workerMaxRssBytes, uploadBudgetBytes, cacheBytes } = config;
  const rest = HTTP_PROCESS_BYTES + uploadBudgetBytes + cacheBytes;
  const needed = workers * workerMaxRssBytes + rest;
  const found = `${mebibytes(available)}, the settings allow ${mebibytes(needed)}`;
  if (needed <= available) return ok('memory', found);
  const fitting = Math.max(1, Math.floor((available - rest) / workerMaxRssBytes));
  return warning(
    'memory',
    found,
    fitting < workers
      ? `set DM_WORKERS=${fitting}, or lower DM_WORKER_MAX_RSS_BYTES`
      : 'lower DM_WORKER_MAX_RSS_BYTES, DM_UPLOAD_BUDGET_MB or DM_CACHE_MB',
  );
}

/** Room on the disk of a folder. */
export async function checkDisk(folder: string): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs(folder);
    const found = `${mebibytes(bavail * bsize)} free at ${folder}`;
    if (bavail * bsize >= MIN_FREE_DISK_BYTES) return ok('disk', found);
    const needed = mebibytes(MIN_FREE_DISK_BYTES);
    return warning('disk', found, `make room: publishing models needs up to ${needed}`);
  } catch (error) {
    return failed('disk', `${folder} cannot be read (${messageOf(error)})`, 'create the folder');
  }
}

/** glibc keeps memory of threads that have ended; ONNX Runtime has no build for other C libraries. */
export function checkAllocator(platform: string, glibc: string | undefined): Finding {
  if (platform !== 'linux') return ok('allocator', `the one of ${platform}`);
  if (glibc !== undefined) {
    return ok('allocator', `glibc ${glibc}; photo workers run with MALLOC_ARENA_MAX=2`);
  }
  return failed(
    'allocator',
    'no glibc (Alpine and its like have musl)',
    'use a system with glibc, such as Debian: ONNX Runtime has no build for musl',
  );
}

/** Version of the C library; undefined where it is not glibc. */
export function glibcVersion(): string | undefined {
  const report = process.report.getReport() as {
    readonly header?: { readonly glibcVersionRuntime?: string };
  };
  return report.header?.glibcVersionRuntime;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
