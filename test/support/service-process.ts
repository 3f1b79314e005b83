import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));

/** A service in a process of its own, as operators start it. */
export interface ServiceProcess {
  readonly url: string;
  /** Sends SIGTERM. Resolves to the exit code. */
  stop(): Promise<number | null>;
  /** Sends SIGKILL: the process has no time for anything. */
  kill(): Promise<void>;
}

/**
 * Starts `deep-makeover serve` with one worker on free ports.
 *
 * @param settings DM_* variables
 * @param stderr file descriptor that the log goes to
 */
export async function startServiceProcess(
  settings: Readonly<Record<string, string>>,
  stderr: number,
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', CLI, 'serve'], {
    env: {
      ...process.env,
      DM_PORT: '0',
      DM_ADMIN_PORT: '0',
      DM_WORKERS: '1',
      DM_EP: 'cpu',
      ...settings,
    },
    stdio: ['ignore', 'pipe', stderr],
  });
  if (child.stdout === null) throw new Error('the process has no output');
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), ended.then(([code]) => code)]);
  const url = Array.isArray(first) ? / at (http:\S+) /.exec(String(first[0]))?.[1] : undefined;
  if (url === undefined) throw new Error(`the service did not start: ${String(first)}`);
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      return (await ended)[0];
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
