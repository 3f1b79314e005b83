import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { ClassicConfig, ModernConfig, TrainConfig } from '../../trainer/config.ts';
import { resolveConfig, type TrainOptions } from '../../trainer/presets.ts';
import { Random } from '../../trainer/random.ts';

/** Frame and crop of the drawn faces: small enough to train on the pure JavaScript backend. */
export const TINY_CROP: TrainConfig['crop'] = {
  frame: { width: 28, height: 32 },
  x: 6,
  y: 6,
  width: 16,
  height: 20,
  template: { leftEye: { x: 4, y: 6 }, rightEye: { x: 12, y: 6 }, mouth: { x: 8, y: 15 } },
};

/** The same faces at twice the size and with a margin, which the instruments need. */
export const EVALUATION_CROP: TrainConfig['crop'] = {
  frame: { width: 60, height: 60 },
  x: 10,
  y: 10,
  width: 40,
  height: 40,
  template: { leftEye: { x: 13, y: 14 }, rightEye: { x: 28, y: 14 }, mouth: { x: 20, y: 31 } },
};

/** What a drawn face may show: a beard, or a wide mouth. */
export type Trait = 'Male' | 'Smiling';

/** Writes a data set in CelebA's layout: drawn faces, every other with the trait, some with `Hat`. */
export async function drawCelebaFolder(
  facesPerSplit: readonly number[],
  crop = TINY_CROP,
  trait: Trait = 'Male',
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'celeba-'));
  await mkdir(join(directory, 'img_align_celeba'));
  const random = new Random(5);
  const attributes: string[] = [];
  const partition: string[] = [];
  for (const [split, count] of facesPerSplit.entries()) {
    for (let i = 0; i < count; i++) {
      const file = `${split}-${String(i).padStart(3, '0')}.png`;
      const shown = i % 2 === 0 ? trait : undefined;
      const hat = i % 5 === 0;
      await drawFace(join(directory, 'img_align_celeba', file), shown, crop, random);
      attributes.push(`${file} ${shown ? ' 1' : '-1'} ${hat ? ' 1' : '-1'}`);
      partition.push(`${file} ${split}`);
    }
  }
  const lines = [String(attributes.length), `${trait} Hat`, ...attributes, ''];
  await writeFile(join(directory, 'list_attr_celeba.txt'), lines.join('\n'));
  await writeFile(join(directory, 'list_eval_partition.txt'), `${partition.join('\n')}\n`);
  return directory;
}

const MOUTH = 'x="11" y="20" width="6" height="2"';

async function drawFace(
  path: string,
  shown: Trait | undefined,
  crop: TrainConfig['crop'],
  random: Random,
): Promise<void> {
  const { width, height } = crop.frame;
  const skin = random.integer(120, 220);
  const color = shown === 'Male' ? '#a06050' : '#d02030';
  const mouth = shown === 'Smiling' ? 'x="7" y="19" width="14" height="4"' : MOUTH;
  const beard =
    shown === 'Male' ? '<rect x="8" y="19" width="12" height="10" fill="#302010"/>' : '';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 28 32" preserveAspectRatio="none">
    <rect width="28" height="32" fill="rgb(${skin},${skin - 30},${skin - 50})"/>${beard}
    <rect x="9" y="11" width="3" height="2" fill="#111"/><rect x="17" y="11" width="3" height="2" fill="#111"/>
    <rect ${mouth} fill="${color}"/></svg>`;
  await sharp(Buffer.from(svg)).removeAlpha().png().toFile(path);
}

/** A resolved configuration of the family `modern`. Throws for a preset of another one. */
export function resolveModern(options: TrainOptions): ModernConfig {
  const config = resolveConfig(options);
  if (config.family !== 'modern') throw new Error(`${options.preset} is not of the family modern`);
  return config;
}

/** A classic configuration with networks of a few hundred weights, from drawn men to women. */
export function tinyClassicConfig(
  preset: 'classic' | 'classic-wgan',
  data: string,
  steps: number,
): ClassicConfig {
  const config = resolveConfig({
    preset,
    data,
    selection: { faces: '!Hat', sources: 'Male', targets: { feminine: '!Male' } },
    steps,
    minutes: 1,
    seed: 3,
    batchSize: 2,
  });
  if (config.family !== 'classic') throw new Error(`${preset} is not of the family classic`);
  return {
    ...config,
    crop: TINY_CROP,
    generator: { ...config.generator, widths: [2, 3, 4, 3, 2] },
    discriminator: { widths: [2, 3, 3] },
  };
}

const FEMININE_AND_MASCULINE = { feminine: '!Male', masculine: 'Male' };

/** A configuration with networks of a few hundred weights. */
export function tinyConfig(
  data: string,
  steps: number,
  targets: Readonly<Record<string, string>> = FEMININE_AND_MASCULINE,
): ModernConfig {
  const config = resolveModern({
    preset: 'modern-s',
    data,
    selection: { faces: '!Hat', targets },
    steps,
    minutes: 1,
    seed: 3,
    batchSize: 16,
  });
  return {
    ...config,
    crop: TINY_CROP,
    jitter: { shift: 2, warped: 0.5, turn: 6, scale: 0.05 },
    generator: { widths: [2, 3, 4], blocks: 1 },
    discriminator: { widths: [4, 6], top: 6 },
    loss: { ...config.loss, cycleEverySteps: 2, r1EverySteps: 4 },
  };
}
