import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildClassicGenerator } from '../../../exporter/generator/classic-network.ts';
import { buildGenerator } from '../../../exporter/generator/network.ts';
import { readManifest } from '../../../exporter/model-folder.ts';
import type { GraphBuilder } from '../../../exporter/onnx/graph-builder.ts';
import { mergeEnlargements } from '../../../exporter/onnx/merge-enlargements.ts';
import { CELEBA_CROP, type CropGeometry } from '../../../models/contract/crop.ts';
import type { GeneratorManifest } from '../../../models/contract/manifest.ts';
import { initClassicGenerator } from '../../../trainer/networks/classic/generator.ts';
import {
  FROZEN_MEAN,
  FROZEN_VARIANCE,
  frozenShapes,
  type GeneratorConfig,
  initGenerator,
} from '../../../trainer/networks/generator.ts';
import type { ParameterValues } from '../../../trainer/networks/parameters.ts';
import { PRESETS } from '../../../trainer/presets.ts';
import { Random } from '../../../trainer/random.ts';
import type { Candidate } from './measure.ts';

/** The network that the goals of speed are set for, beside its peers. */
export const OURS = 'modern-s';
export const WITHOUT_NORMS = 'modern-s, no instance norms';
export const PEER = "modern-s, PyTorch's exporter";
export const CLASSIC = 'classic';

export interface ModernNetwork {
  readonly config: GeneratorConfig;
  readonly weights: ParameterValues;
}

/** `modern-s` with first weights: what a run costs does not depend on them. */
export function drawModernNetwork(): ModernNetwork {
  const preset = PRESETS['modern-s'];
  if (preset.family !== 'modern') throw new Error('modern-s is not of the family modern');
  const config = { ...preset.generator, targets: 2 };
  return { config, weights: initGenerator(config, new Random(1)) };
}

/** Every ONNX file of a published generator, and the crop that it takes. */
export async function readPublished(
  folder: string,
): Promise<{ readonly candidates: Candidate[]; readonly crop: CropGeometry }> {
  const manifest = await readManifest(folder);
  if (manifest.kind !== 'generator') throw new Error(`${folder} is no generator`);
  const files = manifest.files.filter(({ path }) => path.endsWith('.onnx'));
  const candidates = await Promise.all(
    files.map(async ({ path }) => ({
      name: publishedName(manifest, path),
      model: new Uint8Array(await readFile(join(folder, path))),
      flop: 1e9 * manifest.gflop,
    })),
  );
  return { candidates, crop: manifest.crop };
}

function publishedName({ name, version }: GeneratorManifest, path: string): string {
  return `${name} ${version} ${path}`;
}

/** `modern-s` as the exporter writes it now, the same without norms, and `classic`. */
export function buildOwnCandidates({ config, weights }: ModernNetwork): Candidate[] {
  const request = { config, weights, target: 0, size: CELEBA_CROP };
  const frozen = new Map([...weights, ...unitStatistics(config)]);
  return [
    candidate(OURS, buildGenerator(request)),
    candidate(WITHOUT_NORMS, buildGenerator({ ...request, weights: frozen })),
    candidate(CLASSIC, buildClassic()),
  ];
}

/** With the rewrite that export applies, too. */
function candidate(name: string, graph: GraphBuilder): Candidate {
  graph.rewrite(mergeEnlargements);
  return { name, model: graph.build('bench', {}), flop: graph.flop };
}

/** Statistics with which every normalisation is folded away: mean 0, variance 1. */
function unitStatistics(config: GeneratorConfig): ParameterValues {
  const constant = (shape: readonly number[], value: number) => {
    const size = shape.reduce((product, dim) => product * dim, 1);
    return { shape, data: new Float32Array(size).fill(value) };
  };
  return new Map(
    [...frozenShapes(config)].flatMap(([norm, shape]) => [
      [`${norm}/${FROZEN_MEAN}`, constant(shape, 0)] as const,
      [`${norm}/${FROZEN_VARIANCE}`, constant(shape, 1)] as const,
    ]),
  );
}

function buildClassic(): GraphBuilder {
  const preset = PRESETS.classic;
  if (preset.family !== 'classic') throw new Error('classic is not of the family classic');
  const config = preset.generator;
  const weights = initClassicGenerator(config, new Random(1));
  return buildClassicGenerator({ config, weights, size: CELEBA_CROP });
}
