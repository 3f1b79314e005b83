import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chooseBackend } from '../trainer/backend.ts';
import { type DataLocation, parseFolderPair, readData } from '../trainer/data/folder-pair.ts';
import {
  CHOICE_EFFORT,
  type Effort,
  type Evaluator,
  FULL_EFFORT,
} from '../trainer/evaluation/evaluate.ts';
import { parsePhotoLabels } from '../trainer/evaluation/full-size/photo-labels.ts';
import { type GroupSource, parseGroupFlags, readGroups } from '../trainer/evaluation/groups.ts';
import { isReached, releaseLine } from '../trainer/evaluation/release-line.ts';
import { formatReleaseLine, formatTables } from '../trainer/evaluation/terminal.ts';
import { type Candidate, findCandidates, sharedEvaluators } from './evaluation-candidates.ts';
import { evaluatePictures, type PictureRequest } from './evaluation-pictures.ts';

const HELP = `Usage: npm run evaluate -- RUN|MODEL [RUN|MODEL ...] --data DIR [options]

Measures exported generators (models/<name>/<version>), or what a training run would export, one
generator a target, on splits 1 and 2 of a data set in CelebA's layout: by C_eval and by ridge
regression, both trained on split 0, and by pixels, beside baselines. Choose by split 1; split 2 is
the test, to be read once for each version. The first run on a data set trains C_eval, which takes
minutes; it is kept in the user's cache.

  --data DIR   the data set; its faces are selected as in the model's training
  --source DIR, --target DIR
               instead of --data, for models trained from two folders
  --groups FILE.csv
               groups to report results for: a column "file" and others, one a kind of group
               (default: the data's source.csv, if it has one)
  --group-columns NAME,NAME
               which columns (default: race,age)
  --photos DIR measure the whole pipeline on photos of one person each too, detector included; a
               photo's label is its sub-folder, or its name up to the first "-"
  --photo-labels LIST
               what the labels stand for, such as feminine=woman,masculine=man; without it, labels
               are the targets' names
  --sheet DIR  write sheets as PNG: the first 32 faces of splits 2 and 1 (before, the model's answer,
               the blended face), and the photos before and after. They show people: keep them out of
               the checkout
  --choose     measure on split 1 alone, to choose between models without knowing the test split
  --json       one line of JSON for each generator instead of tables
  --require-release-line
               exit with code 1 unless every generator meets every condition for a release
`;

/** Measures generators. Returns the process's exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let request: EvaluationRequest | undefined;
  let candidates: Candidate[] = [];
  try {
    request = parseRequest(args);
    if (request !== undefined) candidates = await prepare(request);
  } catch (error) {
    console.error(`evaluate: ${(error as Error).message}\nTry: npm run evaluate -- --help`);
    return 2;
  }
  if (request === undefined) {
    console.log(HELP);
    return 0;
  }
  try {
    const backend = await chooseBackend();
    console.error(`backend: ${backend.description}`);
    return await measureAll(candidates, request, sharedEvaluators(request, console.error));
  } catch (error) {
    console.error(`evaluate: ${(error as Error).message}`);
    return 1;
  }
}

/** Reads all that can be refused before anything is measured. */
async function prepare({ folders, data, groups }: EvaluationRequest): Promise<Candidate[]> {
  await readGroups(groups, await readData(data));
  return findCandidates(folders, data);
}

interface ReportOptions extends PictureRequest {
  readonly json: boolean;
  readonly isLineRequired: boolean;
}

interface EvaluationRequest extends ReportOptions {
  readonly folders: readonly string[];
  readonly data: DataLocation;
  readonly groups: GroupSource;
  readonly effort: Effort;
}

function parseRequest(args: readonly string[]): EvaluationRequest | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      data: { type: 'string' },
      source: { type: 'string' },
      target: { type: 'string', multiple: true, default: [] },
      groups: { type: 'string' },
      'group-columns': { type: 'string' },
      photos: { type: 'string' },
      'photo-labels': { type: 'string' },
      sheet: { type: 'string' },
      choose: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'require-release-line': { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  if (positionals.length === 0) throw new Error('name at least one run or model folder');
  const data = parseData(values);
  if (values.choose && values['require-release-line']) {
    throw new Error(
      '--choose leaves split 2 unread, on which alone the release line can be required',
    );
  }
  const { photos, sheet, 'photo-labels': labels } = values;
  if (labels !== undefined && photos === undefined) {
    throw new Error('--photo-labels explains the photos of --photos: name that folder too');
  }
  return {
    photos,
    photoLabels: labels === undefined ? undefined : parsePhotoLabels(labels),
    sheet,
    folders: positionals,
    data,
    groups: parseGroupFlags(values, data),
    effort: values.choose ? CHOICE_EFFORT : FULL_EFFORT,
    json: values.json,
    isLineRequired: values['require-release-line'],
  };
}

function parseData(values: {
  readonly data?: string;
  readonly source?: string;
  readonly target: readonly string[];
}): DataLocation {
  const { data, source, target } = values;
  if (source !== undefined) return parseFolderPair({ data, source, target, faces: '' });
  if (data !== undefined) return data;
  throw new Error('--data is missing: name a folder in CelebA layout, or --source and --target');
}

/**
 * Measures candidates one after the other and prints what comes of each.
 *
 * @returns the process's exit code: 1 when the release line is required and one does not reach it
 */
export async function measureAll(
  candidates: readonly Candidate[],
  { json, isLineRequired, ...pictures }: ReportOptions,
  evaluatorOf: (candidate: Candidate) => Promise<Evaluator>,
): Promise<number> {
  let isReachedByAll = true;
  for (const candidate of candidates) {
    const evaluator = await evaluatorOf(candidate);
    const model = await candidate.load();
    const rows = [
      ...(await evaluator.evaluate(candidate.target, model)),
      ...(await evaluatePictures(evaluator, candidate, model, pictures)),
    ];
    const conditions = releaseLine(rows);
    isReachedByAll &&= isReached(conditions);
    const { title, target } = candidate;
    console.log(
      json
        ? JSON.stringify({ model: target, title, rows, releaseLine: conditions })
        : `${title}\n\n${formatTables(rows)}\n\n${formatReleaseLine(conditions)}\n`,
    );
  }
  return isLineRequired && !isReachedByAll ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
