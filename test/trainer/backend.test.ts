import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test, vi } from 'vitest';
import { chooseBackend } from '../../trainer/backend.ts';
import * as native from '../../trainer/native/package.ts';
import { backends } from '../support/backends.ts';

vi.mock(import('../../trainer/native/package.ts'), { spy: true });

/** A package whose code fails to load, with or without an addon. */
async function brokenPackage(hasAddon: boolean): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'package-'));
  await writeFile(join(folder, 'index.js'), 'throw new Error("wrong ELF class\\nat 0x0");');
  await mkdir(join(folder, dirname(native.ADDON_PATH)), { recursive: true });
  if (hasAddon) await writeFile(join(folder, native.ADDON_PATH), '');
  return folder;
}

describe('the chosen backend', () => {
  test('is the best there is, and computes', async () => {
    const { name, description } = await chooseBackend();
    expect(name).toBe(backends.at(-1));
    expect(tf.getBackend()).toBe(name);
    expect(description).toMatch(
      name === 'tensorflow' ? /^native TensorFlow \d+\.\d+\.\d+ on the (CPU|GPU.*)$/ : /^pure Java/,
    );
    expect(tf.sum([1, 2, 3]).arraySync()).toBe(6);
  });

  test.each([
    [false, 'native TensorFlow is not set up: run npm run setup:trainer'],
    [true, 'native TensorFlow does not load (wrong ELF class): run npm run setup:trainer'],
  ])('is pure JavaScript without a working addon (present: %s)', async (hasAddon, problem) => {
    vi.mocked(native.packageDirectory).mockReturnValueOnce(await brokenPackage(hasAddon));
    expect(await chooseBackend()).toEqual({
      name: 'cpu',
      device: 'CPU',
      description: `pure JavaScript, since ${problem}`,
    });
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.sum([1, 2, 3]).arraySync()).toBe(6);
  });

  test('is pure JavaScript where the package is not installed', async () => {
    vi.mocked(native.packageDirectory).mockImplementationOnce(() => {
      throw new Error('not installed: run npm ci');
    });
    expect((await chooseBackend()).description).toContain('does not load (not installed');
  });
});
