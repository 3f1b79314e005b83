import { pathToFileURL } from 'node:url';
import { type Backend, chooseBackend } from './backend.ts';
import { describeRun } from './dry-run.ts';
import { testGpu } from './gpu/smoke-test.ts';
import { HELP, parseOptions, type ResumeRequest, type StartRequest } from './options.ts';
import { createReporter, type Reporter } from './reporter.ts';
import { createRunFolder } from './run-folder.ts';
import { lockRun, type ReleaseLock } from './run-lock.ts';
import { planRun, type RunPlan } from './training/plan.ts';
import { type PreparedRun, prepareRun } from './training/prepare.ts';
import { runTraining } from './training/run.ts';
import { describeStorageError } from './training/storage-error.ts';

/**
 * Starts or resumes a training run. Returns the process's exit code: 2 for what whoever started it
 * can set right (options, data, weights, a full disk), 1 for a run that failed.
 */
export async function main(args: readonly string[]): Promise<number> {
  let request: ReturnType<typeof parseOptions>;
  try {
    request = parseOptions(args);
  } catch (error) {
    console.error(`train: ${(error as Error).message}\nTry: npm run train -- --help`);
    return 2;
  }
  if (request.kind === 'help') {
    console.log(HELP);
    return 0;
  }
  const reporter = createReporter(process.stdout);
  let begun: BegunRun | undefined;
  try {
    begun = await begin(request, reporter);
  } catch (error) {
    console.error(`train: ${(error as Error).message}`);
    return 2;
  }
  if (begun === undefined) return 0;
  const { plan, prepared, backend, release } = begun;
  const { checkpointMinutes, logEverySteps } = request;
  try {
    await runTraining(plan, prepared, { backend, checkpointMinutes, logEverySteps, reporter });
    return 0;
  } catch (error) {
    const storage = describeStorageError(error, plan.runFolder);
    console.error(`train: ${storage ?? (error as Error).message}`);
    return storage === undefined ? 1 : 2;
  } finally {
    await release();
  }
}

interface BegunRun {
  readonly release: ReleaseLock;
  readonly backend: Backend;
  readonly plan: RunPlan;
  readonly prepared: PreparedRun;
}

/** Everything that can be refused; a new run's folder is made last. Returns nothing after a dry run. */
async function begin(
  request: StartRequest | ResumeRequest,
  reporter: Reporter,
): Promise<BegunRun | undefined> {
  const plan = await planRun(request);
  if (request.gpu) reporter.note(`GPU: ${await testGpu()} passed the smoke test`);
  const backend = await chooseBackend();
  if (request.kind === 'start' && request.isDry) {
    console.log(JSON.stringify(await describeRun(plan, backend), undefined, 2));
    return undefined;
  }
  reporter.note(`backend: ${backend.description}`);
  if (request.kind === 'start') {
    const prepared = await prepareRun(plan, reporter);
    await createRunFolder(plan.runFolder, plan.config);
    return { backend, plan, prepared, release: await lockRun(plan.runFolder) };
  }
  const release = await lockRun(plan.runFolder);
  try {
    return { backend, plan, prepared: await prepareRun(plan, reporter), release };
  } catch (error) {
    await release();
    throw error;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
