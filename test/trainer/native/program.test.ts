import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadAddon } from '../../../trainer/native/addon.ts';
import { runProgram } from '../../../trainer/native/program.ts';

function runScript(script: string, timeoutMs = 20_000): Promise<string> {
  return runProgram(process.execPath, ['-e', script], { timeoutMs });
}

describe('running a program', () => {
  test('gives what it wrote to standard output only', async () => {
    expect(await runScript('console.error("noise"); console.log("answer")')).toBe('answer\n');
  });

  test('fails with its exit code and its last lines', async () => {
    const script = 'for (let i = 1; i <= 99; i++) console.error("line " + i); process.exitCode = 3';
    const failure = runScript(script);
    await expect(failure).rejects.toThrow(/failed with exit code 3:\n {2}line 85\n[^]*line 99$/);
  });

  test('fails when it takes too long', async () => {
    await expect(runScript('setInterval(() => 0, 1000)', 200)).rejects.toThrow('SIGTERM');
  });

  test('fails when there is no such program', async () => {
    await expect(runProgram('no-such-program', [])).rejects.toThrow(
      'no-such-program does not start',
    );
  });
});

test('an addon that is none is an error, not a crash', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'addon-')), 'tfjs_binding.node');
  await writeFile(path, 'not a shared library');
  await expect(loadAddon(path)).rejects.toThrow(`${path} does not load`);
});
