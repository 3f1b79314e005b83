import { setTimeout as delay } from 'node:timers/promises';
import { type InputFile, type InputPlace, listInputs } from './inputs.ts';

const LOOK_EVERY_MS = 2000;

/**
 * Files as they appear or change, until the signal. A file is given when two looks have found it at
 * the same size and time: until then somebody may be writing it. Looking works on network drives
 * too, where a system's own notices do not.
 *
 * @throws ConfigError when the folder cannot be read
 */
export async function* watchInputs(
  place: InputPlace,
  signal: AbortSignal,
  lookEveryMs = LOOK_EVERY_MS,
): AsyncGenerator<InputFile, void> {
  let seen = new Map<string, string>();
  const given = new Map<string, string>();
  while (!signal.aborted) {
    const files = await listInputs(place);
    const stable = files.filter((file) => seen.get(file.name) === stampOf(file));
    seen = new Map(files.map((file) => [file.name, stampOf(file)]));
    for (const file of stable) {
      if (file.bytes === 0 || given.get(file.name) === stampOf(file)) continue;
      given.set(file.name, stampOf(file));
      yield file;
    }
    try {
      await delay(lookEveryMs, undefined, { signal });
    } catch {
      return;
    }
  }
}

function stampOf({ bytes, modifiedMs }: InputFile): string {
  return `${bytes} ${modifiedMs}`;
}
