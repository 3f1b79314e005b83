import { execFile } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the child process found out. */
export interface SmokeReport {
  /** "CPU", or the GPU's name. */
  readonly device: string;
  readonly description: string;
  /** From the result of the pure JavaScript backend, relative; null, as JSON has it, when infinite. */
  readonly difference: number | null;
}

export interface SmokeOptions {
  /** Prints a report as its last line; replaced in tests. */
  readonly command: readonly [string, ...string[]];
  readonly timeoutMs: number;
}

/** GPUs may multiply with 10-bit mantissas (TF32): 1e-3 a product; wrong results differ by more. */
const MAX_DIFFERENCE = 0.01;

const DEFAULT_OPTIONS: SmokeOptions = {
  command: [
    process.execPath,
    ...process.execArgv,
    // Source and built file end alike: in .ts or in .js.
    fileURLToPath(new URL(`smoke-main${extname(import.meta.url)}`, import.meta.url)),
  ],
  timeoutMs: 60_000,
};

const ADVICE =
  'run npm run setup:trainer -- --gpu, see that nvidia-smi lists the GPU and that LD_LIBRARY_PATH names the folders of CUDA and cuDNN, or leave --gpu out';

/**
 * Computes one small convolution and its gradients on the GPU and compares them with the CPU's, in
 * a process of its own.
 *
 * @returns the GPU's name
 * @throws Error that says what was expected and what to do, within the time limit
 */
export async function testGpu(options: SmokeOptions = DEFAULT_OPTIONS): Promise<string> {
  const { device, description, difference } = await runChild(options);
  if (device === 'CPU') {
    throw new Error(
      `--gpu needs TensorFlow's CUDA build and a GPU that it finds, but this is ${description}: ${ADVICE}`,
    );
  }
  if (difference === null || difference > MAX_DIFFERENCE) {
    throw new Error(
      `the smoke test on the ${device} failed: a small convolution and its gradients differ from the CPU's by ${difference?.toPrecision(2) ?? 'infinitely much'} of their size, expected at most ${MAX_DIFFERENCE}: ${ADVICE}`,
    );
  }
  return device;
}

function runChild({ command, timeoutMs }: SmokeOptions): Promise<SmokeReport> {
  const [file, ...args] = command;
  const limits = { timeout: timeoutMs, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve, reject) => {
    execFile(file, args, limits, (error, stdout, stderr) => {
      if (error?.killed) {
        reject(
          new Error(
            `the smoke test on the GPU did not end within ${timeoutMs / 1000} s, expected a few: ${ADVICE}`,
          ),
        );
      } else if (error) {
        const lines = stderr.trim().split('\n');
        const reason = lines.find((line) => /^\w*Error\b/.test(line)) ?? `exit code ${error.code}`;
        reject(
          new Error(
            `the smoke test on the GPU crashed (${reason}), expected a small convolution: ${ADVICE}`,
          ),
        );
      } else {
        resolve(JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as SmokeReport);
      }
    });
  });
}
