import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CropGeometry } from '../models/contract/crop.ts';
import type { ModelRunner } from '../models/contract/tensor.ts';
import { type DataLocation, readData } from '../trainer/data/folder-pair.ts';
import { type Selection, selectPopulations } from '../trainer/data/populations.ts';
import { createEvaluator, type Effort, type Evaluator } from '../trainer/evaluation/evaluate.ts';
import type { GroupSource } from '../trainer/evaluation/groups.ts';
import { createRunner } from '../trainer/evaluation/runner.ts';
import { buildModel } from './generator/export.ts';
import { readRun } from './generator/run-folder.ts';
import { readManifest } from './model-folder.ts';

/** A generator that is to be measured. */
export interface Candidate {
  /** For people, e.g. "feminine version 1". */
  readonly title: string;
  readonly target: string;
  readonly selection: Selection;
  readonly crop: CropGeometry;
  /** Loads the model, building it first where it is not exported yet. */
  readonly load: () => Promise<ModelRunner>;
}

/**
 * The generators of some folders: a published model is one, a run has one for each target.
 *
 * @param data the data set that they are to be measured on
 * @throws Error for a folder that is neither, and for data without faces that the models select
 */
export async function findCandidates(
  folders: readonly string[],
  data: DataLocation,
): Promise<Candidate[]> {
  const celeba = await readData(data);
  const candidates: Candidate[] = [];
  for (const folder of folders) {
    const found = existsSync(join(folder, 'config.json'))
      ? await candidatesOfRun(folder)
      : [await publishedCandidate(folder)];
    for (const { selection } of found) {
      for (const split of [0, 1, 2]) selectPopulations(celeba, selection, split);
    }
    candidates.push(...found);
  }
  return candidates;
}

/** What candidates are measured on. */
interface Measurement {
  readonly data: DataLocation;
  /** What results are reported for. */
  readonly groups: GroupSource;
  readonly effort: Effort;
}

/**
 * Evaluators that candidates of one selection share, since its instruments and baselines take as long
 * as a model.
 *
 * @param report told about slow stages
 */
export function sharedEvaluators(
  { data, groups, effort }: Measurement,
  report: (message: string) => void,
): (candidate: Candidate) => Promise<Evaluator> {
  const evaluators = new Map<string, Promise<Evaluator>>();
  return ({ selection, crop }) => {
    const key = JSON.stringify([selection, crop]);
    const evaluator =
      evaluators.get(key) ?? createEvaluator(data, selection, crop, report, effort, groups);
    evaluators.set(key, evaluator);
    return evaluator;
  };
}

async function candidatesOfRun(folder: string): Promise<Candidate[]> {
  const run = await readRun(folder, 'last');
  const { selection, crop } = run.config;
  return run.targets.map((target) => ({
    title: `${target} of ${folder}, step ${run.training.steps}`,
    target,
    selection,
    crop,
    load: () => createRunner(buildModel(run, target, 0).model),
  }));
}

async function publishedCandidate(folder: string): Promise<Candidate> {
  const manifest = await readManifest(folder).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${folder} is neither a run nor a model: ${reason}`, { cause });
  });
  if (manifest.kind !== 'generator') {
    throw new Error(`${folder} holds a ${manifest.kind}, expected a generator`);
  }
  const { name, version, crop, files, training } = manifest;
  return {
    title: `${name} version ${version}`,
    target: name,
    selection: {
      faces: training.faces,
      ...(training.sources !== undefined && { sources: training.sources }),
      targets: training.targets,
    },
    crop,
    load: async () => createRunner(await readFile(join(folder, files[0]?.path ?? ''))),
  };
}
