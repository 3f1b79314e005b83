import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  integerFrom,
  object,
  type Reader,
  recordOf,
  text,
} from '../../models/contract/json-reader.ts';
import { ConfigError } from '../config.ts';
import { writeFileAtomically } from '../files.ts';

/** Folder in OUT that is ours. */
export const STATE_FOLDER = '.deep-makeover';

const SCHEMA = 1;

/** What a run asks for. */
export interface RunWish {
  /** `name/version`. */
  readonly modelVersion: string;
  /** Of POST /v1/makeover, as they were given. */
  readonly values: Readonly<Record<string, string>>;
}

/** A photo that has been made over. */
export interface DoneRecord {
  /** Below IN, with `/`. */
  readonly input: string;
  /** SHA-256 of the photo's file, in hexadecimal digits. */
  readonly sha256: string;
  /** `name/version`. */
  readonly modelVersion: string;
  /** The parameters as one text. */
  readonly parameters: string;
  /** Below OUT, with `/`. */
  readonly output: string;
  /** Size of the result. */
  readonly bytes: number;
}

const readWish: Reader<RunWish> = object({ modelVersion: text, values: recordOf(text) });
const readDone: Reader<DoneRecord> = object({
  input: text,
  sha256: text,
  modelVersion: text,
  parameters: text,
  output: text,
  bytes: integerFrom(1),
});

/** What an earlier run has left in OUT. */
export interface EarlierRun {
  /** Undefined when there was none. */
  readonly wish: RunWish | undefined;
  readonly done: readonly DoneRecord[];
}

/**
 * Reads the state of OUT. A last line that a crash has cut off is left out.
 *
 * @throws ConfigError when the file is of another kind
 */
export async function readState(outFolder: string): Promise<EarlierRun> {
  const path = statePath(outFolder);
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { wish: undefined, done: [] };
    throw error;
  }
  const [first, ...lines] = content.split('\n');
  try {
    const head = JSON.parse(first ?? '') as { schema?: unknown };
    if (head.schema !== SCHEMA) throw new Error(`its schema is not ${SCHEMA}`);
    const wish = readWish(head, '');
    return { wish, done: lines.flatMap((line) => readLine(line) ?? []) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `${path} is no state of a batch (${reason}): remove it, and all photos are done anew`,
    );
  }
}

function readLine(line: string): DoneRecord | undefined {
  try {
    return readDone(JSON.parse(line), '');
  } catch {
    return undefined;
  }
}

/**
 * What is done, in OUT: JSON lines, the first with what was asked for. A line is added and synced
 * after its result; rewriting the whole file instead would cost the square of the photos.
 */
export class StateFile {
  readonly #done: Map<string, DoneRecord>;
  /** The photo of each result, by the result's name in lower case: some file systems fold case. */
  readonly #owners: Map<string, string>;
  readonly #handle: FileHandle;

  private constructor(records: readonly DoneRecord[], handle: FileHandle) {
    this.#done = new Map(records.map((record) => [record.input, record]));
    this.#owners = new Map(
      records.map(({ output, input }) => [output.toLowerCase(), input] as const),
    );
    this.#handle = handle;
  }

  /** Starts a run on what an earlier one has left. */
  static async open(outFolder: string, wish: RunWish, { done }: EarlierRun): Promise<StateFile> {
    await mkdir(join(outFolder, STATE_FOLDER), { recursive: true });
    const latest = new Map(done.map((record) => [record.input, record]));
    const records = [...latest.values()];
    const lines = [{ schema: SCHEMA, ...wish }, ...records].map((line) => JSON.stringify(line));
    const path = statePath(outFolder);
    await writeFileAtomically(path, Buffer.from(`${lines.join('\n')}\n`));
    return new StateFile(records, await open(path, 'a'));
  }

  /** What is known of a photo. */
  find(input: string): DoneRecord | undefined {
    return this.#done.get(input);
  }

  /**
   * A name below OUT that is no other photo's, from now on this one's: the photo's with the
   * extension of the result, or behind the photo's own where that is taken.
   */
  claim(input: string, extensions: readonly string[]): string {
    const [extension = ''] = extensions;
    const keeps = extensions.some((known) => input.toLowerCase().endsWith(`.${known}`));
    const names = [
      keeps ? input : `${input.replace(/\.[^./]*$/, '')}.${extension}`,
      `${input}.${extension}`,
    ];
    for (let number = 2; ; number++) {
      for (const name of names) {
        const owner = this.#owners.get(name.toLowerCase());
        if (owner !== undefined && owner !== input) continue;
        this.#owners.set(name.toLowerCase(), input);
        return name;
      }
      names.splice(0, names.length, `${input}.${number}.${extension}`);
    }
  }

  async add(record: DoneRecord): Promise<void> {
    this.#done.set(record.input, record);
    await this.#handle.write(`${JSON.stringify(record)}\n`);
    await this.#handle.datasync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function statePath(outFolder: string): string {
  return join(outFolder, STATE_FOLDER, 'state.jsonl');
}
