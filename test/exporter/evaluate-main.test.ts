import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { main, measureAll } from '../../exporter/evaluate-main.ts';
import { type Candidate, findCandidates } from '../../exporter/evaluation-candidates.ts';
import { main as exportMain } from '../../exporter/main.ts';
import { CELEBA_CROP } from '../../models/contract/crop.ts';
import type { EvaluationRow } from '../../models/contract/manifest.ts';
import { IMAGE, type ModelRunner, RESULT, type Tensor } from '../../models/contract/tensor.ts';
import { noise } from '../support/noise.ts';
import { createSmallRun } from '../support/small-run.ts';

const detector = fileURLToPath(new URL('../../models/face-detector/1', import.meta.url));

/** The lists of a data set with a face of each kind in each split. */
async function writeLists(folder: string, attributes: string): Promise<void> {
  const kinds = [' 1  1 -1', ' 1 -1 -1', '-1  1 -1', '-1 -1 -1'];
  const faces = [0, 1, 2].flatMap((split) =>
    kinds.map((kind, i) => ({ file: `${split}${i}.jpg`, split, kind })),
  );
  const rows = faces.map(({ file, kind }) => `${file} ${kind}`);
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'list_attr_celeba.txt'),
    [String(faces.length), attributes, ...rows, ''].join('\n'),
  );
  await writeFile(
    join(folder, 'list_eval_partition.txt'),
    faces.map(({ file, split }) => `${file} ${split}\n`).join(''),
  );
}

describe('npm run evaluate', () => {
  let folder: string;
  let printed: string[] = [];
  let errors: string[] = [];

  beforeAll(async () => {
    vi.spyOn(console, 'log').mockImplementation((message: string) => printed.push(message));
    vi.spyOn(console, 'error').mockImplementation((message: string) => errors.push(message));
    folder = await mkdtemp(join(tmpdir(), 'dm-evaluate-'));
    await createSmallRun(join(folder, 'run'));
    await writeLists(join(folder, 'data'), 'Male Young Eyeglasses');
    await writeLists(join(folder, 'other'), 'Smiling Young Eyeglasses');
  });

  beforeEach(() => {
    printed = [];
    errors = [];
  });

  afterAll(async () => {
    vi.restoreAllMocks();
    await rm(folder, { recursive: true });
  });

  test('measures of a run what its export would be', async () => {
    const models = join(folder, 'models');
    expect(await exportMain([join(folder, 'run'), '--out', models, '--no-evaluate'])).toBe(0);
    const found = await findCandidates(
      [join(folder, 'run'), join(models, 'hard', '1')],
      join(folder, 'data'),
    );
    expect(found.map(({ target }) => target)).toEqual(['soft', 'hard', 'hard']);
    expect(found.map(({ title }) => title)).toEqual([
      expect.stringMatching(/^soft of .*run, step 3$/),
      expect.stringMatching(/^hard of .*run, step 3$/),
      'hard version 1',
    ]);
    const dims = [1, 20, 16, 3];
    const image: Tensor = {
      type: 'uint8',
      dims,
      data: noise({ width: 16, height: 20, channels: 3 }, 5),
    };
    const results = await Promise.all(
      found.map(async ({ load }) => (await (await load()).run({ [IMAGE]: image }))[RESULT]),
    );
    expect(results[1]).toEqual(results[2]);
    expect(results[0]).not.toEqual(results[1]);
    expect(found[2]?.selection).toEqual(found[0]?.selection);
  });

  const candidate = (target: string): Candidate => ({
    title: `${target} version 7`,
    target,
    selection: { faces: '', targets: {} },
    crop: CELEBA_CROP,
    load: async () => ({ run: async () => ({}) }),
  });
  const row: EvaluationRow = {
    splits: '2',
    figure: 'SSIM',
    of: 'model',
    by: 'pixels',
    group: 'all',
    faces: 9,
    value: 0.75,
  };
  const onPhotos = { ...row, splits: 'photos', value: 0.5 };
  const evaluatorOf = async () => ({
    evaluate: async () => [row],
    compareVariants: async () => [],
    evaluatePhotos: async () => [onPhotos],
    drawSheet: async (_target: string, _model: ModelRunner, split: number) =>
      Buffer.from(`sheet of split ${split}`),
  });

  test('prints tables and the release line, which decides only on request', async () => {
    const options = { json: false, isLineRequired: false };
    expect(await measureAll([candidate('soft')], options, evaluatorOf)).toBe(0);
    expect(printed[0]).toMatch(/^soft version 7\n\nSplit 2\n/);
    expect(printed[0]).toMatch(/\nSSIM +at least 0\.8 +0\.750 +fail\n/);
    const strict = { ...options, isLineRequired: true };
    expect(await measureAll([candidate('soft')], strict, evaluatorOf)).toBe(1);
  });

  test('photos and sheets are asked for by folders', async () => {
    const photos = await mkdtemp(join(tmpdir(), 'photos-'));
    await writeFile(join(photos, 'soft-1.jpg'), '');
    const sheet = await mkdtemp(join(tmpdir(), 'sheets-'));
    const options = { json: false, isLineRequired: false, photos, sheet };
    const soft = { ...candidate('soft'), selection: { faces: '', targets: { soft: '!Hard' } } };
    expect(await measureAll([soft], options, evaluatorOf)).toBe(0);
    expect(printed[0]).toMatch(/\nPhotos\n/);
    expect((await readdir(sheet)).sort()).toEqual([
      'soft-version-7-split-1.png',
      'soft-version-7-split-2.png',
    ]);
    expect(await readFile(join(sheet, 'soft-version-7-split-2.png'), 'utf8')).toBe(
      'sheet of split 2',
    );
    const unlabelled = { ...soft, selection: { faces: '', targets: { hard: 'Hard' } } };
    await expect(measureAll([unlabelled], options, evaluatorOf)).rejects.toThrow(
      /no photo with a label of hard, only soft/,
    );
  });

  test('gives a line of JSON for each generator', async () => {
    const options = { json: true, isLineRequired: false };
    await measureAll([candidate('soft'), candidate('hard')], options, evaluatorOf);
    const lines = printed.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ model }) => model)).toEqual(['soft', 'hard']);
    expect(lines[0]).toMatchObject({ title: 'soft version 7', rows: [row] });
    expect(lines[0]?.['releaseLine']).toContainEqual({
      condition: 'SSIM',
      limit: 'at least 0.8',
      value: 0.75,
      verdict: 'fail',
    });
  });

  test('refuses bad arguments, folders and data with exit code 2', async () => {
    const run = join(folder, 'run');
    const data = ['--data', join(folder, 'data')];
    expect(await main([])).toBe(2);
    expect(await main([run])).toBe(2);
    expect(errors.at(-1)).toMatch(/--data is missing/);
    expect(await main([run, ...data, '--colour'])).toBe(2);
    expect(await main([folder, ...data])).toBe(2);
    expect(errors.at(-1)).toMatch(/neither a run nor a model/);
    expect(await main([detector, ...data])).toBe(2);
    expect(errors.at(-1)).toMatch(/face-detector, expected a generator/);
    expect(await main([run, '--data', folder])).toBe(2);
    expect(errors.at(-1)).toMatch(/has no list_attr_celeba\.txt/);
    expect(await main([run, '--data', join(folder, 'other')])).toBe(2);
    expect(errors.at(-1)).toMatch(/unknown attribute "Male"/);
    expect(await main([run, ...data, '--groups', join(folder, 'gone.csv')])).toBe(2);
    expect(errors.at(-1)).toMatch(/cannot read the groups in .*gone\.csv/);
    expect(await main([run, ...data, '--choose', '--require-release-line'])).toBe(2);
    expect(errors.at(-1)).toMatch(/--choose leaves split 2 unread/);
    expect(await main(['--help'])).toBe(0);
    expect(printed.at(-1)).toMatch(/--require-release-line/);
  });
});
