import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CELEBA_CROP } from '../../../models/contract/crop.ts';
import { summariseOnnx } from '../../../models/contract/onnx-file.ts';
import {
  buildOwnCandidates,
  CLASSIC,
  drawModernNetwork,
  OURS,
  readPublished,
  WITHOUT_NORMS,
} from './candidates.ts';

const candidates = buildOwnCandidates(drawModernNetwork());

function opTypes(name: string): readonly string[] {
  const found = candidates.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no candidate ${name}`);
  return summariseOnnx(found.model).opTypes;
}

describe('the files that are measured', () => {
  test('without norms is the same graph but for them', () => {
    const norm = 'InstanceNormalization';
    expect(opTypes(OURS)).toContain(norm);
    expect(opTypes(WITHOUT_NORMS)).toEqual(opTypes(OURS).filter((type) => type !== norm));
    expect(opTypes(CLASSIC)).toContain('AveragePool');
    const [ours, , classic] = candidates;
    expect((classic?.flop ?? 0) / (ours?.flop ?? 1)).toBeGreaterThan(3);
  });

  test('are all of a published model', async () => {
    const folder = fileURLToPath(new URL('../../../models/feminine/3', import.meta.url));
    const published = await readPublished(folder);
    expect(published.candidates.map(({ name }) => name)).toContain('feminine 3 model.onnx');
    expect(published.crop).toEqual(CELEBA_CROP);
    const detector = fileURLToPath(new URL('../../../models/face-detector/1', import.meta.url));
    await expect(readPublished(detector)).rejects.toThrow(/no generator/);
  });
});
