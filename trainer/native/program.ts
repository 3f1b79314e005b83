import { spawn } from 'node:child_process';

/** Lines of a failed program's output that its error repeats. */
const ERROR_LINES = 15;

export interface ProgramOptions {
  readonly directory?: string;
  /** Variables on top of this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/**
 * Runs a program without a terminal and returns what it printed to standard output.
 *
 * @throws Error when it cannot start, fails or takes too long, with the last lines that it printed
 */
export function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(options.directory !== undefined && { cwd: options.directory }),
      ...(options.timeoutMs !== undefined && { timeout: options.timeoutMs }),
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let everything = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
      everything += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      everything += chunk;
    });
    child.on('error', (cause) => {
      reject(new Error(`${command} does not start: ${cause.message}`, { cause }));
    });
    child.on('close', (code, signal) => {
      if (code === 0) {
        resolve(output);
        return;
      }
      const lines = everything.trimEnd().split('\n').slice(-ERROR_LINES);
      const end = signal === null ? `exit code ${code}` : `signal ${signal}`;
      reject(new Error([`${command} failed with ${end}:`, ...lines].join('\n  ')));
    });
  });
}
