import { appendFile, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../files.ts';
import { encodeImage, encodeScalars, encodeVersion, stepOfEvent } from './event.ts';
import { decodeRecords, encodeRecord } from './record.ts';

/** TensorBoard looks for "tfevents" in names. One file a run, so that it never contradicts itself. */
const EVENTS_FILE = 'events.out.tfevents.train';

/** Adds values of one step to a run folder's events. The file must have been rewound once. */
export async function appendScalars(
  runFolder: string,
  step: number,
  values: Readonly<Record<string, number>>,
): Promise<void> {
  await append(runFolder, encodeScalars(Date.now(), step, values));
}

/** Adds a PNG to a run folder's events. The file must have been rewound once. */
export async function appendImage(
  runFolder: string,
  step: number,
  tag: string,
  png: Uint8Array,
): Promise<void> {
  await append(runFolder, encodeImage(Date.now(), step, tag, png));
}

/**
 * Drops the events of steps that a run is going to make again and one that a kill cut off, or starts
 * the file.
 *
 * @param step steps done where the run goes on
 */
export async function rewindEvents(runFolder: string, step: number): Promise<void> {
  const path = join(runFolder, EVENTS_FILE);
  const end = await endOfStep(path, step);
  if (end === 0) {
    await writeFileAtomically(path, encodeRecord(encodeVersion(Date.now())));
    return;
  }
  const file = await open(path, 'r+');
  try {
    await file.truncate(end);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Length of the part of a file up to a step, which comes first, since events lie in order. */
async function endOfStep(path: string, step: number): Promise<number> {
  let file: Buffer;
  try {
    file = await readFile(path);
  } catch {
    // Killed before its first event.
    return 0;
  }
  let end = 0;
  for (const record of decodeRecords(file)) {
    const found = stepOfEvent(record.data);
    if (found === undefined || found > step) break;
    end = record.end;
  }
  return end;
}

async function append(runFolder: string, event: Uint8Array): Promise<void> {
  await appendFile(join(runFolder, EVENTS_FILE), encodeRecord(event));
}
