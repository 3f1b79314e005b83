import { spawn } from 'node:child_process';

/** Lines of a failed program's output that its error repeats. */
const ERROR_LINES = 8;

export interface ProgramOptions {
  readonly folder?: string;
  /** Variables on top of this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Runs a program without a terminal.
 *
 * @throws Error when it cannot start or fails, with the last lines that it printed
 */
export function runProgram(
  command: string,
  args: readonly string[],
  { folder, environment }: ProgramOptions = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      ...(folder !== undefined && { cwd: folder }),
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (cause) =>
      reject(new Error(`${command} does not start: ${cause.message}`, { cause })),
    );
    child.once('close', (code, signal) => {
      if (code === 0) {
        resolve();
        return;
      }
      const lines = output.trimEnd().split('\n').slice(-ERROR_LINES);
      reject(
        new Error([`${command} failed (${signal ?? `exit code ${code}`}):`, ...lines].join('\n  ')),
      );
    });
  });
}
