import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import * as files from '../../trainer/files.ts';
import { main } from '../../trainer/main.ts';
import { useOwnCache } from '../support/own-cache.ts';
import { drawCelebaFolder, tinyConfig } from '../support/tiny-run.ts';
import { createRunFolder } from '../support/training-process.ts';

vi.mock(import('../../trainer/files.ts'), { spy: true });

useOwnCache();

let data: string;

beforeAll(async () => {
  data = await drawCelebaFolder([40, 10]);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs the command in this process. */
async function train(...args: string[]): Promise<{ code: number; errors: string; out: string }> {
  let errors = '';
  let out = '';
  vi.spyOn(console, 'error').mockImplementation((line: string) => {
    errors += line;
  });
  vi.spyOn(console, 'log').mockImplementation((line: string) => {
    out += line;
  });
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const code = await main(args);
  vi.restoreAllMocks();
  return { code, errors, out };
}

/** All files of a folder with what they hold. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: Record<string, string> = {};
  for (const entry of names) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) found[path] = await readFile(path, 'base64');
  }
  return found;
}

/** A run of a few steps that has ended. */
async function createEndedRun(steps: number): Promise<string> {
  const run = await createRunFolder(tinyConfig(data, steps));
  expect((await train('--resume', run, '--checkpoint-minutes', '1e-6')).code).toBe(0);
  return run;
}

const TARGETS = ['--target', 'a=Male', '--target', 'b=!Male'];

describe('a new run is refused with one line and leaves no folder', () => {
  test.each([
    [[], /--data is missing/],
    [['--data', '/nonexistent', ...TARGETS], /nonexistent has no list_attr_celeba.txt/],
    [['--data', 'DATA', '--target', 'a=Male'], /at least two different --target/],
    [['--data', 'DATA', '--target', 'a=Man', '--target', 'b=!Man'], /unknown attribute "Man"/],
    [['--data', 'DATA', '--target', 'a=Male,!Male', '--target', 'b=!Male'], /0 target/],
    [['--data', 'DATA', '--target', 'Male'], /NAME=EXPRESSION/],
    [['--minutes', 'soon', '--data', 'DATA', ...TARGETS], /--minutes/],
    [['--steps', '1.5', '--data', 'DATA', ...TARGETS], /--steps needs a whole number/],
    [['--from', '/nonexistent', '--data', 'DATA', ...TARGETS], /is no run folder/],
    [['--out', 'DATA', '--data', 'DATA', ...TARGETS], /exists already/],
    // The drawn faces are smaller than CelebA's frame.
    [['--source', 'DATA', '--target', '/nonexistent'], /cannot read the folder \/nonexistent/],
    [['--data', 'DATA', ...TARGETS], /more than 1 % of the 50 pictures cannot be read/],
    [['--freeze-norm', '1', '--data', 'DATA', ...TARGETS], /needs a number from 0 to below 1/],
    [['--bogus'], /bogus/],
    [['--resume', 'RUN', '--minutes', '5'], /run's own settings: leave out --minutes/],
  ])('%j', async (args, message) => {
    const out = join(await mkdtemp(join(tmpdir(), 'runs-')), 'run');
    const given = args.map((arg) => (arg === 'DATA' ? data : arg));
    const isComplete = given.includes('--out') || given.includes('--resume');
    const { code, errors } = await train(...given, ...(isComplete ? [] : ['--out', out]));
    expect(errors).toMatch(message);
    expect(errors.replace(/\nTry: npm run train -- --help$/, '')).not.toContain('\n');
    expect(code).toBe(2);
    expect(existsSync(out)).toBe(false);
  });
});

describe('a run is not resumed, and nothing of it changes, when', () => {
  test.each<[string, RegExp, (run: string) => Promise<void>]>([
    [
      'its data has changed',
      /attribute or partition list of the data is not what it was/,
      async (run) => {
        const changed = await drawCelebaFolder([44, 12]);
        const config = JSON.parse(await readFile(join(run, 'config.json'), 'utf8')) as object;
        await writeFile(join(run, 'config.json'), JSON.stringify({ ...config, data: changed }));
      },
    ],
    [
      'its checkpoint is of another architecture',
      /another architecture than the run's config\.json: generator\/.* expected/,
      async (run) => {
        const config = tinyConfig(data, 2);
        const wider = { ...config, generator: { widths: [2, 3, 8], blocks: 1 } };
        await writeFile(join(run, 'config.json'), JSON.stringify(wider));
      },
    ],
    [
      'all its checkpoints are damaged',
      /all checkpoints of .* are damaged/,
      async (run) => {
        for (const name of await readdir(join(run, 'checkpoints'))) {
          await appendFile(join(run, 'checkpoints', name, 'tensors.bin'), 'x');
        }
      },
    ],
    [
      'its configuration is damaged',
      /is no run folder/,
      async (run) => writeFile(join(run, 'config.json'), '{'),
    ],
    [
      'another process trains in it',
      /process \d+ on .* trains in .*run already: stop it first/,
      async (run) => {
        const holder = { pid: process.ppid, host: hostname() };
        await writeFile(join(run, 'train.lock'), JSON.stringify(holder));
      },
    ],
    [
      'it went on from weights that it has not saved',
      /stopped before it had saved the weights/,
      async (run) => {
        await rm(join(run, 'checkpoints'), { recursive: true });
        const config = { ...tinyConfig(data, 2), warmStart: 'hash' };
        await writeFile(join(run, 'config.json'), JSON.stringify(config));
      },
    ],
  ])(
    '%s',
    async (_, message, change) => {
      const run = await createEndedRun(2);
      await change(run);
      const before = await contents(run);
      const { code, errors } = await train('--resume', run);
      expect(errors).toMatch(message);
      expect(errors).not.toContain('\n');
      expect(code).toBe(2);
      expect(await contents(run)).toEqual(before);
    },
    60_000,
  );
});

test('a full disk ends a run with one line, and the last good checkpoint is kept', async () => {
  const run = await createRunFolder(tinyConfig(data, 6));
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    path: join(run, 'checkpoints', 'step-00000003'),
  });
  vi.mocked(files.replaceFolder).mockImplementation(async (path, content) => {
    if (path === full.path) throw full;
    await files.writeFolderAtomically(path, content);
  });
  const { code, errors } = await train('--resume', run, '--checkpoint-minutes', '1e-6');
  expect(errors).toMatch(/cannot write .*step-00000003: the disk is full \(ENOSPC\).*--resume/);
  expect(errors).not.toContain('\n');
  expect(code).toBe(2);
  vi.mocked(files.replaceFolder).mockReset();
  const resumed = await train('--resume', run, '--checkpoint-minutes', '1e-6');
  expect(resumed.out).toContain('resumed at step 2');
  expect(resumed.code).toBe(0);
}, 60_000);
