import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { createFeeds, type FeedSize } from './sessions.ts';

const RUNS = 50;

/** One entry of the trace that ONNX Runtime writes. */
interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  /** In microseconds. */
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

/** What the nodes of one operator take together in one run. */
export interface OperatorTime {
  readonly operator: string;
  readonly nodes: number;
  readonly ms: number;
  readonly share: number;
}

/** Runs a model on one thread and tells what each operator takes, the slowest first. */
export async function profileModel(model: Uint8Array, size: FeedSize): Promise<OperatorTime[]> {
  const folder = await mkdtemp(join(tmpdir(), 'profile-'));
  try {
    const session = await InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      logSeverityLevel: 3,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'trace'),
    });
    const feeds = createFeeds(size);
    for (let i = 0; i < RUNS; i++) await session.run(feeds);
    session.endProfiling();
    await session.release();
    const [trace = ''] = await readdir(folder);
    return summariseTrace(JSON.parse(await readFile(join(folder, trace), 'utf8')) as TraceEvent[]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Sums the median time of every node by its operator. */
export function summariseTrace(events: readonly TraceEvent[]): OperatorTime[] {
  const nodes = new Map<string, { readonly operator: string; readonly timesUs: number[] }>();
  for (const { cat, name, dur, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
    const node = nodes.get(name) ?? { operator: args?.op_name ?? name, timesUs: [] };
    node.timesUs.push(dur);
    nodes.set(name, node);
  }
  const sums = new Map<string, { nodes: number; ms: number }>();
  for (const { operator, timesUs } of nodes.values()) {
    const sum = sums.get(operator) ?? { nodes: 0, ms: 0 };
    sum.nodes++;
    sum.ms += middle(timesUs) / 1000;
    sums.set(operator, sum);
  }
  const total = [...sums.values()].reduce((sum, { ms }) => sum + ms, 0);
  return [...sums]
    .map(([operator, sum]) => ({ operator, ...sum, share: sum.ms / total }))
    .sort((a, b) => b.ms - a.ms);
}

function middle(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
