import { readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { collectDefaultMetrics, Gauge } from 'prom-client';
import type { ServiceContext } from '../service-context.ts';

const LAG_RESOLUTION_MS = 10;

/**
 * Adds to a service's metrics what is read when they are asked for: Node's own figures, the delay of
 * the event loop, memory, the queue and the workers.
 */
export function observeService(context: ServiceContext): void {
  const { admission, config, pool } = context;
  const registers = [context.metrics.registry];
  collectDefaultMetrics({ register: context.metrics.registry });
  observeEventLoop(registers);
  const memory = new Gauge({
    name: 'dm_rss_bytes',
    help: 'Resident memory: of the HTTP process, and of all photo workers together.',
    labelNames: ['process'],
    registers,
    async collect() {
      const workers = await Promise.all(pool.pids.map(residentBytes));
      memory.set({ process: 'http' }, process.memoryUsage.rss());
      memory.set(
        { process: 'workers' },
        workers.reduce((sum, bytes) => sum + bytes, 0),
      );
    },
  });
  const workers = new Gauge({
    name: 'dm_workers',
    help: 'Photo workers: those that should run, and those that do.',
    labelNames: ['state'],
    registers,
    collect() {
      workers.set({ state: 'wanted' }, config.workers);
      workers.set({ state: 'running' }, pool.pids.length);
    },
  });
  const queue = {
    requests: 'Photos uploading, waiting, in work or being sent.',
    pixels: 'Pixels of the photos that wait or are in work.',
    faces: 'Faces expected in the photos that wait or are in work.',
  } as const;
  for (const resource of ['requests', 'pixels', 'faces'] as const) {
    const used = new Gauge({
      name: `dm_queue_${resource}`,
      help: queue[resource],
      registers,
      collect() {
        used.set(admission.used[resource]);
      },
    });
  }
}

/** The 99th percentile since the last time that it was asked for. */
function observeEventLoop(registers: ServiceContext['metrics']['registry'][]): void {
  const delay = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  delay.enable();
  const lag = new Gauge({
    name: 'dm_event_loop_lag_seconds',
    help: 'How late the HTTP process came to its work, 99th percentile since the last scrape.',
    registers,
    collect() {
      // What is measured is the time between two ticks of a timer, not how late they are.
      const lateMs = delay.percentile(99) / 1e6 - LAG_RESOLUTION_MS;
      lag.set(Math.max(lateMs, 0) / 1000);
      delay.reset();
    },
  });
}

/** Resident memory of another process; 0 when it has ended, or where there is no /proc. */
async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? '0';
  return Number(kibibytes) * 1024;
}
