import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { main as serve } from '../../server/main.ts';
import { main as run } from '../../server/run.ts';
import { readComposite } from '../support/composites.ts';
import { createModelRepository, removeModelRepository } from '../support/model-repository.ts';

const CLI = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));

let repository: string;
let folder: string;

beforeAll(async () => {
  repository = await createModelRepository();
  folder = await mkdtemp(join(tmpdir(), 'deep-makeover-run-'));
  await writeFile(join(folder, 'in.jpg'), await sharp(readComposite()).resize(200).toBuffer());
});
afterAll(async () => {
  await removeModelRepository(repository);
  await rm(folder, { recursive: true });
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function cli(...args: string[]): Promise<Ended> {
  const env = { ...process.env, DM_MODEL_REPO: repository, DM_EP: 'cpu' };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', CLI, ...args],
      { env },
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
  });
}

const inFolder = (name: string) => join(folder, name);

describe('verbs', () => {
  test('an unknown one is refused with the nearest', async () => {
    const { code, stderr } = await cli('serv');
    expect(code).toBe(2);
    expect(stderr).toMatch(/no verb "serv": did you mean serve\?/);
  });

  test('none shows the help as an error, --help as an answer', async () => {
    expect(await cli()).toMatchObject({ code: 2, stdout: '' });
    const { code, stdout } = await cli('--help');
    expect(code).toBe(0);
    for (const verb of ['serve', 'run', 'verify', 'export', 'train', 'evaluate', 'setup:trainer']) {
      expect(stdout).toContain(`\n  ${verb} `);
    }
  });

  test('verify runs in its own folder and its exit code is ours', async () => {
    expect((await cli('verify', join(repository, 'tint', '1'))).code).toBe(0);
    expect((await cli('verify', folder)).code).toBe(2);
  });
});

describe('run', () => {
  test('makes a photo over, in the format that the name asks for', async () => {
    const { code, stdout } = await cli(
      'run',
      inFolder('in.jpg'),
      inFolder('out.png'),
      '--model',
      'tint',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/out\.png: 1 face by tint\/1/);
    const result = await readFile(inFolder('out.png'));
    expect(await sharp(result).metadata()).toMatchObject({
      format: 'png',
      width: 200,
      height: 250,
    });
    const before = await sharp(inFolder('in.jpg')).raw().toBuffer();
    expect(await sharp(result).raw().toBuffer()).not.toEqual(before);
  });

  test("without an extension OUT gets IN's format, with --format any name will do", async () => {
    vi.stubEnv('DM_MODEL_REPO', repository);
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const input = inFolder('in.jpg');
    const options = ['--model', 'tint', '--faces', '1'];
    expect(await run([input, inFolder('out'), ...options])).toBe(0);
    expect((await sharp(inFolder('out')).metadata()).format).toBe('jpeg');
    expect(await run([input, inFolder('out.bak'), ...options, '--format', 'png'])).toBe(0);
    expect((await sharp(inFolder('out.bak')).metadata()).format).toBe('png');
  });

  test('an id that no face has: exit code 1, and the ids that there are', async () => {
    vi.stubEnv('DM_MODEL_REPO', repository);
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const args = [inFolder('in.jpg'), inFolder('no.png'), '--model', 'tint', '--faces', '2'];
    expect(await run(args)).toBe(1);
    expect(stderr.mock.calls.join('')).toMatch(/no face 2: its faces are 1/);
  });

  test('a photo without a face: exit code 1 and nothing written', async () => {
    const create = { width: 64, height: 64, channels: 3, background: '#999' } as const;
    await sharp({ create }).toFile(inFolder('plain.png'));
    const { code, stderr } = await cli(
      'run',
      inFolder('plain.png'),
      inFolder('no.png'),
      '--model',
      'tint',
    );
    expect(code).toBe(1);
    expect(stderr).toContain('no face was found');
    expect((await readdir(folder)).filter((name) => name.startsWith('no'))).toEqual([]);
  });

  test.each([
    [['in.jpg'], /expected IN and OUT/],
    [['in.jpg', 'x.png'], /model is missing: choose one of identity, tint/],
    [['in.jpg', 'x.png', '--model', 'toad'], /no model "toad"/],
    [['in.jpg', 'x.png', '--model', 'tint', '--strength', '3'], /strength=3/],
    [['in.jpg', 'x.png', '--model', 'tint', '--size', '3'], /--size/],
    [['in.jpg', 'x.png', '--model', 'tint', '--faces', '0'], /faces=0: expected all, largest/],
    [['in.jpg', 'x.gif', '--model', 'tint'], /x\.gif: no picture is written as "\.gif"/],
  ])('wrong use: %j', async (args, message) => {
    vi.stubEnv('DM_MODEL_REPO', repository);
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await run(args)).toBe(2);
    expect(stderr.mock.calls.join('')).toMatch(message);
  });
});

describe('serve', () => {
  test('--print-config shows the settings', async () => {
    vi.stubEnv('DM_MODEL_REPO', repository);
    const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(await serve(['--print-config'])).toBe(0);
    expect(stdout.mock.calls.join('')).toContain(`DM_MODEL_REPO=${repository}`);
  });

  test('one line tells what serves where; SIGTERM ends it with 0', async () => {
    const env = {
      ...process.env,
      DM_MODEL_REPO: repository,
      DM_EP: 'cpu',
      DM_PORT: '0',
      DM_ADMIN_PORT: '0',
      DM_WORKERS: '1',
    };
    const child = spawn(process.execPath, ['--import', 'tsx', CLI, 'serve'], { env });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    await expect.poll(() => stdout).toContain('\n');
    const line =
      /^deep-makeover serves identity\/1, tint\/1 on cpu with 1 workers? at (\S+) \(started in [\d.]+ s\)\n$/;
    expect(stdout).toMatch(line);
    const url = line.exec(stdout)?.[1] ?? '';
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test.each([
    [{}, ['--port', '80'], /--port/],
    [{ DM_PROT: '80' }, [], /did you mean DM_PORT/],
    [{ DM_MODEL_REPO: 'nowhere' }, [], /nowhere cannot be read.*DM_MODEL_REPO/],
  ])('wrong use: %j %j', async (env, args, message) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await serve(args)).toBe(2);
    expect(stderr.mock.calls.join('')).toMatch(message);
  });
});
