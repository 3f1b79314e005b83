import { readFileSync } from 'node:fs';
import { readSecret } from '../config/access.ts';
import { ConfigError, loadConfig } from '../config.ts';
import type { MakeoverParameters } from '../parameters.ts';
import { ProblemError } from '../problem.ts';
import { isUsageError } from '../usage-error.ts';
import type { Backend } from './backend.ts';
import { BatchRun } from './batch-run.ts';
import { RunError } from './failure.ts';
import { openHttpBackend } from './http-backend.ts';
import { type InputFile, type InputPlace, listInputs, locateInputs } from './inputs.ts';
import { openLocalBackend } from './local-backend.ts';
import { type BatchOptions, HELP, readOptions } from './options.ts';
import { OutFolder } from './out-folder.ts';
import { createReporter } from './reporters.ts';
import { StateFile } from './state-file.ts';
import { watchInputs } from './watch.ts';

/** As shells have it for a process that SIGINT ended. */
const INTERRUPTED = 130;

/**
 * The verb `batch`.
 *
 * @returns exit code: 0 all done, 1 some failed, 2 wrong use, 3 no service answers, 130 interrupted
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = await readOptions(args);
    if (options === undefined) {
      process.stdout.write(HELP);
      return 0;
    }
    const place = await locateInputs(options.input, options.outFolder);
    const files = options.isWatching ? undefined : await requireInputs(options, place);
    const backend = await openBackend(options);
    try {
      return await runOn(backend, options, place, files);
    } finally {
      await backend.close();
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    process.stderr.write(`${error.message}\n`);
    if (error instanceof RunError) return error.exitCode;
    return error instanceof ConfigError || error instanceof ProblemError || isUsageError(error)
      ? 2
      : 1;
  }
}

async function requireInputs({ input }: BatchOptions, place: InputPlace): Promise<InputFile[]> {
  const files = await listInputs(place);
  if (files.length > 0) return files;
  throw new ConfigError(
    `there is no photo in ${input}: expected .jpg, .png, .webp, .avif or .heic files`,
  );
}

function openBackend(options: BatchOptions): Promise<Backend> {
  const { serverUrl: url, keyFile, model, version, values } = options;
  return url === undefined
    ? openLocalBackend({ config: loadConfig(process.env), model, version, values })
    : openHttpBackend({ url, key: readKey(keyFile), model, version, values });
}

/** Keys come by a file or a variable: a command line can be read by everyone on the machine. */
function readKey(keyFile: string | undefined): string | undefined {
  const { DM_API_KEY, DM_API_KEY_FILE } = process.env;
  let key: string | undefined;
  try {
    key = keyFile ? readFileSync(keyFile, 'utf8') : undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`--key-file ${keyFile} cannot be read (${reason})`);
  }
  key = (key ?? readSecret('DM_API_KEY', DM_API_KEY, DM_API_KEY_FILE))?.trim();
  if (key === undefined || /^[\x21-\x7e]+$/.test(key)) return key;
  throw new ConfigError('the key is empty or has characters that no header can carry: check it');
}

async function runOn(
  backend: Backend,
  options: BatchOptions,
  place: InputPlace,
  files: readonly InputFile[] | undefined,
): Promise<number> {
  const { outFolder, values, earlier, parameters, wantsJson } = options;
  const out = await OutFolder.take(outFolder);
  const { signal: interrupt, ignore } = listenForInterrupt();
  try {
    const { modelVersion } = backend;
    const state = await StateFile.open(outFolder, { modelVersion, values }, earlier);
    const reporter = createReporter(process.stdout, wantsJson);
    const run = new BatchRun({
      inputs: (signal) => (files === undefined ? watchInputs(place, signal) : eachOf(files)),
      backend,
      out,
      state,
      parameters: describeParameters(parameters),
      format: parameters.format,
      concurrency: options.concurrency ?? backend.concurrency,
      reporter,
      signal: interrupt,
    });
    reporter.start(modelVersion, files?.length);
    try {
      await run.run();
    } finally {
      reporter.end(run.counts, interrupt.aborted);
      await state.close();
    }
    if (interrupt.aborted) return INTERRUPTED;
    return run.counts.failed > 0 && options.failOn === 'any' ? 1 : 0;
  } finally {
    await out.release();
    ignore();
  }
}

/** What is asked for beside the model; left out or given as their default, values are the same. */
function describeParameters({ strength, faces, format, quality }: MakeoverParameters): string {
  return JSON.stringify({ strength, faces, format, quality });
}

async function* eachOf(files: readonly InputFile[]): AsyncGenerator<InputFile, void> {
  yield* files;
}

/** The signal is aborted by the first SIGINT or SIGTERM; the second one ends the process as usual. */
function listenForInterrupt(): { readonly signal: AbortSignal; readonly ignore: () => void } {
  const controller = new AbortController();
  const ignore = () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
  const onSignal = () => {
    ignore();
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return { signal: controller.signal, ignore };
}
