import { appendFile, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeEach, expect, test } from 'vitest';
import { stepOfEvent } from '../../../trainer/tensorboard/event.ts';
import {
  appendImage,
  appendScalars,
  rewindEvents,
} from '../../../trainer/tensorboard/event-file.ts';
import { decodeRecords } from '../../../trainer/tensorboard/record.ts';

let run: string;

beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'run-'));
  await rewindEvents(run, 0);
  for (const step of [5, 10, 15]) await appendScalars(run, step, { 'loss/G': 1 / step });
});

async function path(): Promise<string> {
  const names = await readdir(run);
  expect(names).toEqual([expect.stringContaining('tfevents')]);
  return join(run, names[0] as string);
}

async function steps(): Promise<(number | undefined)[]> {
  const file = await readFile(await path());
  return [...decodeRecords(file)].map(({ data }) => stepOfEvent(data));
}

test('begins with its version and goes on in order', async () => {
  expect(await steps()).toEqual([0, 5, 10, 15]);
  expect((await readFile(await path())).toString('latin1')).toContain('brain.Event:2');
});

test('forgets what a resumed run makes again', async () => {
  await rewindEvents(run, 10);
  await appendScalars(run, 12, { 'loss/G': 3 });
  expect(await steps()).toEqual([0, 5, 10, 12]);
});

test('goes on behind an event that a kill cut off', async () => {
  await appendFile(await path(), Buffer.from([7, 0, 0, 0]));
  await rewindEvents(run, 15);
  await appendScalars(run, 20, { 'loss/G': 3 });
  expect(await steps()).toEqual([0, 5, 10, 15, 20]);
});

test('holds pictures whole, with their size', async () => {
  const create = { width: 300, height: 20, channels: 3, background: 'red' } as const;
  const png = await sharp({ create }).png().toBuffer();
  await appendImage(run, 20, 'grid', png);
  const { data } = [...decodeRecords(await readFile(await path()))].at(-1) ?? {};
  const bytes = Buffer.from(data ?? []);
  expect(bytes.includes(png)).toBe(true);
  // Field 1 (height) 20, field 2 (width) 300, field 3 (channels) 3.
  expect(bytes.toString('hex')).toContain('081410ac021803');
});
