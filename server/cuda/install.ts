import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PROVIDER_LIBRARIES } from './libraries.ts';
import type { ProviderBuild, ProviderLibrary } from './pins.ts';

type Hashes = Readonly<Record<ProviderLibrary, string>>;

export interface InstallRequest {
  /** Folder that holds the libraries. */
  readonly from: string;
  /** Folder of the runtime's own library. */
  readonly to: string;
  /** Version of the installed runtime. */
  readonly runtime: string;
  readonly knownBuilds: readonly ProviderBuild[];
  /** SHA-256 of files that the user trusts. */
  readonly trusted: readonly string[];
}

/**
 * Puts the CUDA libraries beside the runtime's own, once each is known by its hash.
 *
 * @throws Error that tells the hashes of files that nobody has vouched for
 */
export async function installLibraries(request: InstallRequest): Promise<void> {
  const { from, to } = request;
  const temporary: [string, string][] = [];
  try {
    for (const name of PROVIDER_LIBRARIES) {
      const copy = join(to, `${name}.${process.pid}.tmp`);
      temporary.push([copy, join(to, name)]);
      await copyFile(join(from, name), copy);
    }
    // Of the copies: what is installed are the very bytes that were hashed.
    const hashes = await hashAll(temporary.map(([copy]) => copy));
    requireKnown(hashes, request);
    for (const [copy, target] of temporary) {
      await sync(copy);
      await rename(copy, target);
    }
  } finally {
    for (const [copy] of temporary) await rm(copy, { force: true });
  }
}

function requireKnown(
  hashes: Hashes,
  { from, runtime, knownBuilds, trusted }: InstallRequest,
): void {
  const isKnown = knownBuilds.some(
    (build) =>
      build.runtime === runtime &&
      PROVIDER_LIBRARIES.every((name) => build.sha256[name] === hashes[name]),
  );
  if (isKnown || PROVIDER_LIBRARIES.every((name) => trusted.includes(hashes[name]))) return;
  const options = PROVIDER_LIBRARIES.map((name) => `--sha256 ${hashes[name]}`).join(' ');
  throw new Error(
    `the libraries in ${from} are of no build for ONNX Runtime ${runtime} that this version knows; ` +
      `if you trust where they come from, run again with ${options}`,
  );
}

async function hashAll(paths: readonly string[]): Promise<Hashes> {
  const hashes = await Promise.all(paths.map(hash));
  const entries = PROVIDER_LIBRARIES.map((name, i) => [name, hashes[i]]);
  return Object.fromEntries(entries) as Hashes;
}

async function hash(path: string): Promise<string> {
  const sum = createHash('sha256');
  await pipeline(createReadStream(path), sum);
  return sum.digest('hex');
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
