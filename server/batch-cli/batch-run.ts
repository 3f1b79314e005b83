import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import { hashContent } from '../photo/content-hash.ts';
import {
  extensionOf,
  type ImageFormat,
  requirePhotoFormat,
  resultFormatOf,
} from '../photo/formats.ts';
import { ProblemError } from '../problem.ts';
import type { Backend } from './backend.ts';
import type { PhotoCounts, PhotoEvent, Reporter } from './events.ts';
import { failureOf, RunError } from './failure.ts';
import type { InputFile } from './inputs.ts';
import type { OutFolder } from './out-folder.ts';
import type { StateFile } from './state-file.ts';

export interface BatchRunOptions {
  /** @param signal aborted when no more are wanted */
  readonly inputs: (signal: AbortSignal) => AsyncIterable<InputFile>;
  readonly backend: Backend;
  readonly out: OutFolder;
  readonly state: StateFile;
  /** What is asked for beside the model, as one text: another text is another result. */
  readonly parameters: string;
  /** Undefined: each photo's own. */
  readonly format: ImageFormat | undefined;
  /** Photos at a time. */
  readonly concurrency: number;
  readonly reporter: Pick<Reporter, 'photo'>;
  /** Aborted to stop soon; photos in work are left undone. */
  readonly signal: AbortSignal;
}

/** A photo's file cannot be read. */
class UnreadableError extends Error {}

/** Makes a run's photos over, several at a time. */
export class BatchRun {
  readonly #options: BatchRunOptions;
  readonly #counts: Record<PhotoEvent['state'], number> = { succeeded: 0, skipped: 0, failed: 0 };

  constructor(options: BatchRunOptions) {
    this.#options = options;
  }

  get counts(): PhotoCounts {
    return this.#counts;
  }

  /**
   * Resolves when all inputs have been worked on, or soon after the signal.
   *
   * @throws RunError when no photo could be made over any more
   */
  async run(): Promise<void> {
    const { inputs, concurrency } = this.#options;
    const failed = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, failed.signal]);
    // Every photo in work or waiting listens.
    setMaxListeners(0, signal);
    const iterator = inputs(signal)[Symbol.asyncIterator]();
    const lanes = Array.from({ length: concurrency }, async () => {
      try {
        await this.#workOn(iterator, signal);
      } catch (error) {
        failed.abort();
        throw error;
      }
    });
    const ends = await Promise.allSettled(lanes);
    const failure = ends.find((end) => end.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  async #workOn(iterator: AsyncIterator<InputFile>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const next = await iterator.next();
      if (next.done === true || signal.aborted) return;
      try {
        this.#report(await this.#makeOver(next.value, signal));
      } catch (error) {
        if (signal.aborted && !(error instanceof RunError)) return;
        const failure =
          error instanceof UnreadableError
            ? ({ code: 'FILE_UNREADABLE', detail: error.message } as const)
            : failureOf(error);
        this.#report({ input: next.value.name, state: 'failed', ...failure });
      }
    }
  }

  #report(event: PhotoEvent): void {
    this.#counts[event.state]++;
    this.#options.reporter.photo(event);
  }

  async #makeOver(input: InputFile, signal: AbortSignal): Promise<PhotoEvent> {
    const { backend, out, state, parameters } = this.#options;
    const startMs = performance.now();
    const file = await this.#read(input);
    const sha256 = await hashContent(file);
    const { modelVersion } = backend;
    const known = state.find(input.name);
    const isSame =
      known?.sha256 === sha256 &&
      known.modelVersion === modelVersion &&
      known.parameters === parameters;
    if (isSame && (await out.holds(known.output, known.bytes))) {
      return { input: input.name, state: 'skipped', output: known.output };
    }
    const photoFormat = requirePhotoFormat(file);
    const format = this.#options.format ?? resultFormatOf(photoFormat);
    const photo = { file, contentHash: sha256, photoFormat, format };
    const result = await backend.makeOver(photo, signal);
    const output = state.claim(input.name, extensionsOf(format));
    await out.put(output, result.file);
    const bytes = result.file.length;
    await state.add({ input: input.name, sha256, modelVersion, parameters, output, bytes });
    const ms = Math.round(performance.now() - startMs);
    return { input: input.name, state: 'succeeded', output, faces: result.faces, ms };
  }

  async #read({ path, bytes }: InputFile): Promise<Buffer> {
    const { maxFileBytes } = this.#options.backend;
    if (bytes > maxFileBytes) {
      throw new ProblemError(
        'FILE_TOO_LARGE',
        `the file is larger than ${maxFileBytes} bytes: make the photo smaller`,
      );
    }
    try {
      return await readFile(path);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UnreadableError(`the file cannot be read (${reason}): check its permissions`);
    }
  }
}

/** Those that a file of the format may have, the usual one first. */
function extensionsOf(format: ImageFormat): readonly string[] {
  return format === 'jpeg' ? ['jpg', 'jpeg'] : [extensionOf(format)];
}
