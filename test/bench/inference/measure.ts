import { type Quartiles, quartiles } from '../train/quartiles.ts';
import {
  type FeedSize,
  openSessionPerThread,
  openSharedSessions,
  type Sessions,
} from './sessions.ts';

/** A file that is measured. */
export interface Candidate {
  readonly name: string;
  readonly model: Uint8Array;
  /** Floating point operations of one image. */
  readonly flop: number;
}

/** How sessions share the cores: one with a thread on each, or one with one thread for each core. */
export type Sharing = 'one session' | 'a session per core';

export const SHARINGS: readonly Sharing[] = ['one session', 'a session per core'];

export interface Setting {
  readonly sharing: Sharing;
  readonly batch: number;
}

/** What was measured of a file in a setting. */
export interface InferenceFigures extends Setting {
  readonly name: string;
  /** Of one run of a session, while the others run too. */
  readonly msPerRun: Quartiles;
  readonly imagesPerS: number;
  readonly flopPerS: number;
  /** What each round took an image, for ratios between files that met the same noise. */
  readonly rounds: readonly ImageTime[];
}

export interface ImageTime {
  readonly elapsedMs: number;
  /** Of all threads; says more than the elapsed time where other processes take part of the cores. */
  readonly cpuMs: number;
}

export interface MeasureOptions {
  readonly threads: number;
  readonly rounds: number;
  /** About how long a block of runs takes. */
  readonly blockMs: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Times files in a setting. Blocks of runs alternate between the files, so that all meet the same
 * noise.
 */
export async function measureSetting(
  candidates: readonly Candidate[],
  { sharing, batch }: Setting,
  { threads, rounds, blockMs, height, width }: MeasureOptions,
): Promise<InferenceFigures[]> {
  const size: FeedSize = { batch, height, width };
  const open = sharing === 'one session' ? openSharedSessions : openSessionPerThread;
  const sessions = await open(
    candidates.map(({ model }) => model),
    size,
    threads,
  );
  try {
    const runs = await calibrate(sessions, candidates.length, blockMs);
    const times: ImageTime[][] = candidates.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [i, roundsOf] of times.entries()) {
        const images = (runs[i] ?? 1) * sessions.count * batch;
        roundsOf.push(await timeBlock(sessions, i, runs[i] ?? 1, images));
      }
    }
    return candidates.map((candidate, i) =>
      summarise(candidate, { sharing, batch }, sessions.count, times[i] ?? []),
    );
  } finally {
    await sessions.close();
  }
}

async function timeBlock(
  sessions: Sessions,
  model: number,
  runs: number,
  images: number,
): Promise<ImageTime> {
  const before = process.cpuUsage();
  const elapsedMs = await sessions.time(model, runs);
  const { user, system } = process.cpuUsage(before);
  return { elapsedMs: elapsedMs / images, cpuMs: (user + system) / 1000 / images };
}

/** Runs of each model that fill a block; also warms all sessions up. */
async function calibrate(sessions: Sessions, models: number, blockMs: number): Promise<number[]> {
  const runs: number[] = [];
  for (let model = 0; model < models; model++) {
    await sessions.time(model, 2);
    runs.push(Math.max(1, Math.round(blockMs / (await sessions.time(model, 1)))));
  }
  return runs;
}

function summarise(
  { name, flop }: Candidate,
  setting: Setting,
  sessions: number,
  rounds: readonly ImageTime[],
): InferenceFigures {
  const imagesPerRun = sessions * setting.batch;
  const msPerRun = quartiles(rounds.map(({ elapsedMs }) => elapsedMs * imagesPerRun));
  const imagesPerS = (1000 * imagesPerRun) / msPerRun.median;
  return { name, ...setting, msPerRun, imagesPerS, flopPerS: imagesPerS * flop, rounds };
}

/** How many times as fast as another file one is: the median over rounds, which are neighbours in time. */
export function speedRatio(
  ours: InferenceFigures,
  other: InferenceFigures,
  by: keyof ImageTime,
): number {
  const ratios = ours.rounds.map((time, round) => {
    const others = other.rounds[round];
    if (others === undefined) throw new Error(`${other.name} was not measured in round ${round}`);
    return others[by] / time[by];
  });
  return quartiles(ratios).median;
}
