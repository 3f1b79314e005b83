import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockRun } from '../../trainer/run-lock.ts';

let folder: string;
let lock: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-lock-'));
  lock = join(folder, 'train.lock');
});

afterEach(() => rm(folder, { recursive: true }));

async function holdBy(pid: number, host = hostname()): Promise<void> {
  await writeFile(lock, JSON.stringify({ pid, host }));
}

test('a lock lasts until it is released', async () => {
  const release = await lockRun(folder);
  expect(existsSync(lock)).toBe(true);
  await release();
  expect(existsSync(lock)).toBe(false);
  await (await lockRun(folder))();
});

test('a folder in which a living process trains is refused, and keeps its lock', async () => {
  await holdBy(process.ppid);
  await expect(lockRun(folder)).rejects.toThrow(
    new RegExp(`process ${process.ppid} on .* trains in .* already: stop it first`),
  );
  expect(existsSync(lock)).toBe(true);
});

test('a process of another machine counts as alive', async () => {
  await holdBy(process.pid, 'elsewhere.invalid');
  await expect(lockRun(folder)).rejects.toThrow(/on elsewhere.invalid trains in/);
});

test('the lock of a killed process is taken over, and one that it left half written', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  await holdBy(child.pid as number);
  await (await lockRun(folder))();
  await writeFile(lock, '{"pid":');
  await (await lockRun(folder))();
  expect(existsSync(lock)).toBe(false);
});
