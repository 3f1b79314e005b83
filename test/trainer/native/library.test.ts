import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { chooseLibrary, LIBRARIES } from '../../../trainer/native/library.ts';
import { chooseWheel, downloadWheel } from '../../../trainer/native/wheel.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'tensorflow-'));
}

async function localLibraries(): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of LIBRARIES) await writeFile(join(folder, name), 'code');
  await mkdir(join(folder, 'include', 'tensorflow', 'c'), { recursive: true });
  await writeFile(join(folder, 'include', 'tensorflow', 'c', 'c_api.h'), 'declarations');
  return folder;
}

describe('local libraries', () => {
  test('are told apart by their folder and content', async () => {
    const folder = await localLibraries();
    const first = await chooseLibrary('gpu', folder);
    expect(await chooseLibrary('gpu', folder)).toEqual(first);
    await appendFile(join(folder, LIBRARIES[0]), ' of another version');
    expect((await chooseLibrary('gpu', folder)).id).not.toBe(first.id);
    expect((await chooseLibrary('gpu', await localLibraries())).id).not.toBe(first.id);
  });

  test.each([...LIBRARIES, 'include/tensorflow/c/c_api.h'])(
    'without %s are refused',
    async (name) => {
      const folder = await localLibraries();
      await rm(join(folder, name));
      await expect(chooseLibrary('gpu', folder)).rejects.toThrow(`${folder} has no ${name}`);
    },
  );
});

describe('a wheel', () => {
  test('is chosen by device and architecture', () => {
    expect(chooseWheel('cpu', 'x64').project).toBe('tensorflow-cpu');
    expect(chooseWheel('gpu', 'x64').project).toBe('tensorflow');
    expect(chooseWheel('cpu', 'arm64').platform).toMatch(/aarch64$/);
  });

  test.each([
    ['gpu', 'arm64'],
    ['cpu', 'ia32'],
  ] as const)('for %s on %s does not exist', (device, architecture) => {
    expect(() => chooseWheel(device, architecture)).toThrow(
      `no ${device.toUpperCase()} wheel for ${architecture}`,
    );
  });
});

/** Puts a shell script in the place of Python. */
async function stubPython(script: string): Promise<void> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'python3'), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, 'python3'), 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
}

describe('downloading a wheel', () => {
  const wheel = chooseWheel('cpu', 'x64');

  test('asks pip for one version with one hash, for the right machine', async () => {
    const folder = await temporaryFolder();
    // The last argument is the file of requirements.
    await stubPython(`
echo "$*" > "${folder}/arguments"
for last; do :; done
cp "$last" "${folder}/requirement"
touch "${folder}/wheel/made.whl"`);
    expect(basename(await downloadWheel(wheel, folder))).toBe('made.whl');
    expect(await readFile(join(folder, 'requirement'), 'utf8')).toBe(
      `tensorflow-cpu==2.21.0 --hash=sha256:${wheel.sha256}\n`,
    );
    const args = await readFile(join(folder, 'arguments'), 'utf8');
    expect(args).toContain('-m pip download --no-deps');
    expect(args).toContain('--require-hashes');
    expect(args).toContain('--platform manylinux_2_27_x86_64');
  });

  test('repeats what pip says when it fails', async () => {
    await stubPython('echo "ERROR: no matching distribution" >&2; exit 1');
    await expect(downloadWheel(wheel, await temporaryFolder())).rejects.toThrow(
      /pip could not download tensorflow-cpu 2\.21\.0[^]*no matching distribution[^]*Check the network/,
    );
  });
});
