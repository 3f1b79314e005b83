import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  findCudaLibraries,
  isProviderInstalled,
  PROVIDER_LIBRARIES,
  runtimeFolder,
} from '../../../server/cuda/libraries.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deep-makeover-cuda-'));
});
afterEach(() => rm(folder, { recursive: true }));

const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64';

test.runIf(isLinuxX64)(
  'without the provider, both of its files and the command are named',
  async () => {
    expect(isProviderInstalled(folder)).toBe(false);
    const { libraries, fix } = await findCudaLibraries(folder);
    expect(libraries).toEqual(PROVIDER_LIBRARIES.map((name) => ({ name, isFound: false })));
    expect(fix).toMatch(/providers_cuda\.so and .*providers_shared\.so .*npm run setup:cuda/);
  },
);

test.runIf(isLinuxX64)('a provider is asked what it is linked to', async () => {
  // The runtime's own library stands in: it needs the C library, and no cuDNN.
  const library = join(runtimeFolder(), 'libonnxruntime.so.1');
  for (const name of PROVIDER_LIBRARIES) await symlink(library, join(folder, name));
  expect(isProviderInstalled(folder)).toBe(true);
  const { libraries, fix } = await findCudaLibraries(folder);
  expect(libraries).toContainEqual({ name: 'libc.so.6', isFound: true });
  const cudnn = libraries.find(({ name }) => name === 'libcudnn.so');
  expect(cudnn).toBeDefined();
  if (cudnn?.isFound) expect(fix).toBeUndefined();
  else expect(fix).toMatch(/^libcudnn\.so not found: .*cuDNN|libcudnn\.so\.9.*LD_LIBRARY_PATH/);
});
