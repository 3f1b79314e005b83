import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outputKey } from '../../../exporter/graph-model/graph-definition.ts';
import { chooseBackend } from '../../../trainer/backend.ts';
import { measureGraphModel, type OutputParity } from '../../support/graph-model.ts';
import { HUMAN_MODELS, pictureTensor, readHumanModel } from '../../support/human-models.ts';

/**
 * Measures the converted models of `@vladmandic/human` on every picture of some folders:
 * `npx tsx test/exporter/graph-model/measure-parity.ts FOLDER...`
 */
async function main(folders: readonly string[]): Promise<void> {
  console.log(`tf.js on ${(await chooseBackend()).description}`);
  for (const folder of folders) {
    const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png|webp)$/.test(name)).sort();
    const pictures = await Promise.all(names.map((name) => readFile(join(folder, name))));
    console.log(`${folder}: ${pictures.length} pictures`);
    for (const model of HUMAN_MODELS) {
      const definition = await readHumanModel(model.name);
      const worst = new Map<string, OutputParity>();
      const name = definition.inputs[0]?.name ?? '';
      // In pairs, so that every model runs on a batch.
      for (let i = 0; i < pictures.length; i += 2) {
        const picture = await pictureTensor(pictures.slice(i, i + 2), model);
        const parities = await measureGraphModel(definition, { [name]: picture }, model.isSingle);
        picture.dispose();
        for (const parity of parities) {
          const before = worst.get(parity.output);
          if (!before || parity.maxAbs > before.maxAbs) worst.set(parity.output, parity);
        }
      }
      for (const key of definition.outputs.map(outputKey)) {
        const { maxAbs = Number.NaN, difference = Number.NaN } = worst.get(key) ?? {};
        const unit = model.units[key];
        const inUnits =
          unit === undefined ? '' : `, ${(maxAbs / unit).toExponential(1)} of ${unit}`;
        console.log(
          `  ${model.name} ${key}: at most ${maxAbs.toExponential(1)}, ${difference.toExponential(1)} of the range${inUnits}`,
        );
      }
    }
  }
}

await main(process.argv.slice(2));
