import type { WorkerSupervisor } from './supervisor.ts';
import type { WorkerProcess } from './worker-process.ts';

/** What one worker has proved. */
export interface WorkerHealth {
  readonly pid: number | undefined;
  /** `busy`: it has a photo and gives signs of life; without them it would have been ended. */
  readonly state: 'loading' | 'idle' | 'busy' | 'failed';
  /** Since a model last ran in it; undefined before the first time. */
  readonly provenMsAgo: number | undefined;
  /** Why it failed. */
  readonly reason?: string;
}

export interface PoolHealth {
  /** Whether a worker could take a photo, now or after the one it has. */
  readonly isReady: boolean;
  readonly workers: readonly WorkerHealth[];
}

/** A worker that has run a model since then need not prove itself again. */
const FRESH_MS = 15_000;
/** For a few tiny inferences, on a machine that has much else to do. */
const PROBE_TIMEOUT_MS = 5000;

/**
 * The health of every worker. One that is idle, and has not worked for a while, runs each of its
 * models on a tiny input; if that fails it is replaced.
 */
export async function probeWorkers(supervisor: WorkerSupervisor): Promise<PoolHealth> {
  const workers = await Promise.all(
    supervisor.workers.map((worker) => probeWorker(supervisor, worker)),
  );
  const isReady = workers.some(({ state }) => state === 'idle' || state === 'busy');
  return { isReady, workers };
}

async function probeWorker(
  supervisor: WorkerSupervisor,
  worker: WorkerProcess,
): Promise<WorkerHealth> {
  const { pid } = worker;
  if (!supervisor.isReady(worker)) return { pid, state: 'loading', provenMsAgo: undefined };
  if (!supervisor.isIdle(worker)) return { pid, state: 'busy', provenMsAgo: provenMsAgo(worker) };
  try {
    if ((provenMsAgo(worker) ?? Number.POSITIVE_INFINITY) > FRESH_MS) {
      await supervisor.visit(worker, () => worker.probe(PROBE_TIMEOUT_MS));
    }
    return { pid, state: 'idle', provenMsAgo: provenMsAgo(worker) };
  } catch (error) {
    worker.kill('probe failed');
    const reason = error instanceof Error ? error.message : String(error);
    return { pid, state: 'failed', provenMsAgo: provenMsAgo(worker), reason };
  }
}

function provenMsAgo({ provenAtMs }: WorkerProcess): number | undefined {
  return provenAtMs === undefined ? undefined : performance.now() - provenAtMs;
}
