import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILD_TOOLS, checkTools, DOWNLOAD_TOOLS } from '../../../trainer/native/tools.ts';

const ALL = [...BUILD_TOOLS, ...DOWNLOAD_TOOLS];

/** A folder of commands that succeed, or of one that fails when asked for pip. */
async function commandFolder(names: readonly string[], hasPip: boolean): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'commands-'));
  for (const name of names) {
    const path = join(folder, name);
    await writeFile(path, `#!/bin/sh\n[ "$1" != -m ] || exit ${hasPip ? 0 : 1}\n`);
    await chmod(path, 0o755);
  }
  return folder;
}

describe('the check for tools', () => {
  test('names all that are missing at once, each with its Debian package', async () => {
    const PATH = await commandFolder([], false);
    expect(() => checkTools(ALL, { PATH })).toThrow(
      'missing: g++, make, python3, pip. On Debian or Ubuntu, install with: apt-get install g++ make python3 python3-pip',
    );
  });

  test('names only what is missing', async () => {
    const PATH = await commandFolder(['make', 'python3'], false);
    expect(() => checkTools(ALL, { PATH })).toThrow(/^missing: g\+\+, pip\. .* g\+\+ python3-pip$/);
  });

  test('does not ask for pip where nothing is downloaded', async () => {
    const PATH = await commandFolder(['g++', 'make', 'python3'], false);
    expect(() => checkTools(BUILD_TOOLS, { PATH })).not.toThrow();
  });

  test('passes where everything is installed', async () => {
    const PATH = await commandFolder(['g++', 'make', 'python3'], true);
    expect(() => checkTools(ALL, { PATH })).not.toThrow();
  });
});
