import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { installLibraries } from '../../../server/cuda/install.ts';
import { PROVIDER_LIBRARIES } from '../../../server/cuda/libraries.ts';
import { main } from '../../../server/cuda/main.ts';
import { KNOWN_BUILDS, type ProviderBuild } from '../../../server/cuda/pins.ts';
import { findLibraries } from '../../../server/cuda/sources.ts';

const RUNTIME = '1.30.0';
const [CUDA, SHARED] = PROVIDER_LIBRARIES;

let folder: string;
let from: string;
let to: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deep-makeover-install-'));
  from = join(folder, 'onnxruntime-gpu', 'lib');
  to = join(folder, 'bin');
  await mkdir(from, { recursive: true });
  await mkdir(to);
  for (const name of PROVIDER_LIBRARIES) await writeFile(join(from, name), `content of ${name}`);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

function hashOf(name: string): string {
  return createHash('sha256').update(`content of ${name}`).digest('hex');
}

function knownBuild(runtime: string): ProviderBuild {
  return { cuda: 13, runtime, sha256: { [CUDA]: hashOf(CUDA), [SHARED]: hashOf(SHARED) } };
}

const install = (knownBuilds: readonly ProviderBuild[], trusted: readonly string[] = []) =>
  installLibraries({ from, to, runtime: RUNTIME, knownBuilds, trusted });

describe('libraries are installed', () => {
  test('when their hashes are those of a build for this runtime', async () => {
    await install([knownBuild(RUNTIME)]);
    expect(await readdir(to)).toEqual([...PROVIDER_LIBRARIES].sort());
    expect(await readFile(join(to, CUDA), 'utf8')).toBe(`content of ${CUDA}`);
  });

  test('when the user names their hashes', async () => {
    await install([], PROVIDER_LIBRARIES.map(hashOf));
    expect(await readdir(to)).toHaveLength(2);
  });
});

describe('libraries are refused, and nothing is left behind', () => {
  test.each([
    ['of a build that nobody knows', [...KNOWN_BUILDS], []],
    ['of a build for another runtime', [knownBuild('1.29.0')], []],
    ['of which the user names one only', [], [hashOf(CUDA)]],
  ])('%s', async (_name, builds, trusted) => {
    await expect(install(builds, trusted)).rejects.toThrow(
      `--sha256 ${hashOf(CUDA)} --sha256 ${hashOf(SHARED)}`,
    );
    expect(await readdir(to)).toEqual([]);
  });
});

describe('a source', () => {
  test('may be the folder, or one around it', async () => {
    expect(await findLibraries(from, folder)).toBe(from);
    expect(await findLibraries(join(folder, 'onnxruntime-gpu'), folder)).toBe(from);
    expect(await findLibraries(folder, folder)).toBe(from);
  });

  test('may be an archive', async () => {
    const archive = join(folder, 'onnxruntime.tgz');
    execFileSync('tar', ['-czf', archive, '-C', folder, 'onnxruntime-gpu']);
    const found = await findLibraries(archive, folder);
    expect(found).toBe(join(folder, 'unpacked', 'onnxruntime-gpu', 'lib'));
  });

  test.each([
    ['none', /there is no .*none/],
    ['bin', /has no folder with libonnxruntime_providers_cuda\.so and/],
    ['file.rar', /is no folder, \.whl, \.nupkg, \.zip or \.tgz/],
  ])('%s is refused', async (name, message) => {
    await writeFile(join(folder, 'file.rar'), '');
    await expect(findLibraries(join(folder, name), folder)).rejects.toThrow(message);
  });
});

test.each([
  [['a', 'b'], /one SOURCE at most, got a, b/],
  [['--cuda', '11'], /--cuda 11: expected 12 or 13/],
  [['folder', '--cuda', '12'], /SOURCE was given/],
  [['--card', '0'], /--card/],
])('wrong use of setup:cuda: %j', async (args, message) => {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(await main(args)).toBe(2);
  expect(stderr.mock.calls.join('')).toMatch(message);
});

test('a source without the libraries is exit code 1, with the reason', async () => {
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(await main([to])).toBe(1);
  expect(stderr.mock.calls.join('')).toMatch(/setup:cuda: .* has no folder with/);
});
