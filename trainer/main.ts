import { pathToFileURL } from 'node:url';
import { chooseBackend } from './backend.ts';
import { resolveConfig, type TrainConfig } from './config.ts';
import { readCelebaFolder } from './data/celeba.ts';
import { selectPopulations } from './data/populations.ts';
import { HELP, parseOptions, type ResumeRequest, type StartRequest } from './options.ts';
import { createRunFolder, readConfig } from './run-folder.ts';
import { runTraining } from './training/run.ts';
import { readWarmStart, type WarmStart } from './training/warm-start.ts';

/** Starts or resumes a training run. Returns the process's exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let request: ResumeRequest | StartRequest;
  let run: { readonly config: TrainConfig; readonly warmStart: WarmStart | undefined };
  try {
    const parsed = parseOptions(args);
    if (parsed.kind === 'help') {
      console.log(HELP);
      return 0;
    }
    request = parsed;
    run =
      request.kind === 'resume'
        ? { config: await readConfig(request.runFolder), warmStart: undefined }
        : await startRun(request);
  } catch (error) {
    console.error(`train: ${(error as Error).message}\nTry: npm run train -- --help`);
    return 2;
  }
  const backend = await chooseBackend();
  console.log(`backend: ${backend.description}`);
  try {
    await runTraining(run.config, request.runFolder, {
      backend: backend.name,
      resume: request.kind === 'resume',
      checkpointMinutes: request.checkpointMinutes,
      warmStart: run.warmStart,
    });
    return 0;
  } catch (error) {
    console.error(`train: ${(error as Error).message}`);
    return 1;
  }
}

/** Resolves a new run's configuration and makes its folder. */
async function startRun(
  request: StartRequest,
): Promise<{ config: TrainConfig; warmStart: WarmStart | undefined }> {
  const { preset, data, selection, steps, minutes, seed } = request;
  const { batchSize, learningRate, freezeNormFrom } = request;
  const folder = await readCelebaFolder(data);
  const warmStart = request.from === undefined ? undefined : await readWarmStart(request.from);
  const config = resolveConfig({
    warmStart: warmStart?.sha256,
    preset,
    data,
    selection,
    steps,
    minutes,
    seed,
    ...(batchSize !== undefined && { batchSize }),
    ...(learningRate !== undefined && { learningRate }),
    freezeNormFrom,
  });
  // Training and validation: a run folder is only made for a selection that has faces in both.
  for (const split of [0, 1]) selectPopulations(folder, config.selection, split);
  await createRunFolder(request.runFolder, config);
  return { config, warmStart };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
