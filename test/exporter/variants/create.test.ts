import { beforeAll, describe, expect, test } from 'vitest';
import { createVariants, type VariantSet } from '../../../exporter/variants/create.ts';
import type { ModelRunner, Tensor, TensorMap } from '../../../models/contract/tensor.ts';
import type { VariantQuality } from '../../../models/contract/variants.ts';
import { createRunner } from '../../../trainer/evaluation/runner.ts';
import { buildSmallNetwork, noisePictures } from '../../support/small-network.ts';

const SOUND: VariantQuality = {
  splits: '1+2',
  faces: 9,
  ssim: 0.99,
  maxAbs: 1,
  meanAbs: 0.1,
  success: [{ by: 'ridge', difference: 0, low: -0.01, high: 0.01 }],
};
const TOLERANCE = { cpu: { maxAbs: 0.001, meanAbs: 0.0001 } };

describe('the variants of a generator', () => {
  const model = buildSmallNetwork({ seed: 1 });
  const pictures = noisePictures(4, 2).map(({ image }) => image as Tensor);
  const [golden] = pictures as [Tensor];
  let expected: TensorMap;

  const create = (
    compare: (model: ModelRunner, variants: readonly ModelRunner[]) => Promise<VariantQuality[]>,
  ): Promise<VariantSet> =>
    createVariants({
      model,
      plainModel: model,
      golden,
      expected,
      tolerances: { residual: TOLERANCE },
      calibration: pictures,
      compare,
    });

  beforeAll(async () => {
    expected = await (await createRunner(model)).run({ image: golden });
  });

  test('are measured, sized and given tolerances that they keep', async () => {
    const { variants, files } = await create(async (reference, runners) => {
      const results = await Promise.all(runners.map((runner) => runner.run({ image: golden })));
      const ours = await reference.run({ image: golden });
      expect(ours['residual']?.data).toEqual(expected['residual']?.data);
      for (const { residual } of results)
        expect(residual?.data).not.toEqual(ours['residual']?.data);
      return [SOUND, SOUND];
    });
    expect(variants.map(({ precision }) => precision)).toEqual(['fp32', 'fp16', 'int8']);
    const [fp32, fp16, int8] = variants;
    expect(fp32).toMatchObject({ path: 'model.onnx', bytes: model.length, tolerance: {} });
    expect(fp16?.bytes).toBeLessThan(0.75 * model.length);
    const speeds = variants.map(({ speed }) => speed.map(({ provider }) => provider));
    expect(speeds).toEqual(Array(3).fill(['cpu', 'wasm']));
    expect(fp32?.speed.map(({ ratio }) => ratio)).toEqual([1, 1]);
    for (const variant of [fp16, int8]) {
      const { maxAbs = 0, meanAbs = 0 } = variant?.tolerance['residual']?.['cpu'] ?? {};
      expect(maxAbs).toBeGreaterThan(0.001);
      expect(meanAbs).toBeGreaterThan(0.0001);
      expect(maxAbs).toBeLessThan(0.1);
    }
    const suited = variants.flatMap(({ suits }) => suits).sort();
    expect(suited).toEqual(['cpu', 'cuda', 'wasm', 'webgpu']);
    const shipped = variants.filter(({ path }) => path !== undefined && path !== 'model.onnx');
    expect(Object.keys(files)).toEqual(shipped.map(({ path }) => path));
    for (const { path = '', bytes } of shipped) expect(files[path]?.length).toBe(bytes);
  });

  test('are not shipped where they lose too much, but stay in the record', async () => {
    const lost = { ...SOUND, ssim: 0.9 };
    const { variants, files } = await create(async () => [lost, lost]);
    expect(files).toEqual({});
    expect(variants.map(({ path, quality }) => [path, quality?.ssim])).toEqual([
      ['model.onnx', undefined],
      [undefined, 0.9],
      [undefined, 0.9],
    ]);
    expect(variants[0]?.suits).toEqual(['cuda', 'cpu', 'wasm', 'webgpu']);
  });

  test('must be compared', async () => {
    await expect(create(async () => [SOUND])).rejects.toThrow(/int8 variant was not compared/);
  });
});
