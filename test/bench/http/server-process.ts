import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../../dist/server/cli.js', import.meta.url));
const PEER = fileURLToPath(new URL('naive-peer.ts', import.meta.url));

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  /** Undefined where there is none. */
  readonly adminUrl: string | undefined;
  stop(): Promise<void>;
}

/** What the service says of itself. */
export interface ServiceGauges {
  /** 99th percentile since the last time that it was asked. */
  readonly eventLoopLagMs: number;
  readonly httpRssBytes: number;
  readonly workersRssBytes: number;
}

/** The built service, as `npm start` has it. */
export function startService(
  repository: string,
  settings: Readonly<Record<string, string>>,
  adminPort: number,
): Promise<ServerProcess> {
  const env = {
    DM_MODEL_REPO: repository,
    DM_EP: 'cpu',
    DM_PORT: '0',
    DM_ADMIN_PORT: String(adminPort),
    DM_LOG_LEVEL: 'warn',
    ...settings,
  };
  return start([CLI, 'serve'], env, `http://localhost:${adminPort}`);
}

/** What one would write first; see naive-peer.ts. */
export function startNaivePeer(repository: string, model: string): Promise<ServerProcess> {
  return start(['--import', 'tsx', PEER, repository, model], {}, undefined);
}

export async function readGauges({
  adminUrl,
}: Pick<ServerProcess, 'adminUrl'>): Promise<ServiceGauges> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const value = (series: string): number => {
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
    if (line === undefined) throw new Error(`/metrics has no ${series}`);
    return Number(line.slice(series.length));
  };
  return {
    eventLoopLagMs: value('dm_event_loop_lag_seconds') * 1000,
    httpRssBytes: value('dm_rss_bytes{process="http"}'),
    workersRssBytes: value('dm_rss_bytes{process="workers"}'),
  };
}

async function start(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  adminUrl: string | undefined,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = / at (http:\S+)/.exec(await firstLine(child))?.[1];
  if (url === undefined) throw new Error('the server did not say where it serves');
  return {
    url,
    adminUrl,
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

function firstLine({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.split('\n')[0] ?? '');
    });
    stdout?.once('close', () => reject(new Error('the server ended before it served')));
  });
}
