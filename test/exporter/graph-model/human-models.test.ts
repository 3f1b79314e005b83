import { beforeAll, describe, expect, test } from 'vitest';
import { InvalidModelError } from '../../../exporter/tfjs-model/invalid-model-error.ts';
import { summariseOnnx } from '../../../models/contract/onnx-file.ts';
import { chooseBackend } from '../../../trainer/backend.ts';
import { readComposite } from '../../support/composites.ts';
import { buildGraphModel, measureGraphModel } from '../../support/graph-model.ts';
import { HUMAN_MODELS, pictureTensor, readHumanModel } from '../../support/human-models.ts';

// FaceRes takes pure JavaScript some seconds.
beforeAll(async () => {
  await chooseBackend();
});

describe.each(HUMAN_MODELS)('$name as ONNX', (model) => {
  test('equals tf.js on a composite', async () => {
    const definition = await readHumanModel(model.name);
    const name = definition.inputs[0]?.name ?? '';
    const picture = await pictureTensor([readComposite()], model);
    const parities = await measureGraphModel(definition, { [name]: picture });
    expect(parities.map(({ output }) => output)).toEqual(
      expect.arrayContaining(Object.keys(model.units)),
    );
    for (const { output, maxAbs, difference } of parities) {
      const unit = model.units[output];
      expect(unit === undefined ? difference : maxAbs / unit, output).toBeLessThan(1e-4);
    }
  });

  test('keeps its layout but at the border', async () => {
    const { opTypes, domains } = summariseOnnx(buildGraphModel(await readHumanModel(model.name)));
    const transposes = opTypes.filter((type) => type === 'Transpose').length;
    // BlazeFace's maps are its outputs, as rows.
    expect(transposes).toBe(model.name === 'blazeface' ? 1 + 4 : 1);
    expect(domains).toEqual(['']);
  });
});

test("FaceRes's normalisations and limits become part of its convolutions", async () => {
  const { opTypes } = summariseOnnx(buildGraphModel(await readHumanModel('faceres')));
  expect(new Set(opTypes)).toEqual(
    new Set('Transpose Conv Clip GlobalAveragePool Flatten Gemm Relu Softmax Sigmoid'.split(' ')),
  );
  expect(opTypes.filter((type) => type === 'Clip')).toHaveLength(27);
});

test('another of its models is refused with every operation that is not supported', async () => {
  const definition = await readHumanModel('movenet-lightning');
  expect(() => buildGraphModel(definition)).toThrow(InvalidModelError);
  expect(() => buildGraphModel(definition)).toThrow(
    /ArgMax at StatefulPartitionedCall\/ArgMax.*supported operations are .*_FusedConv2D/,
  );
});
