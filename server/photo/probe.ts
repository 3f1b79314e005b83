import { detectFaces } from '../../models/contract/detector.ts';
import { generateFaces } from '../../models/contract/generator.ts';
import type { LoadedModels } from '../models/model-set.ts';

/**
 * Runs each loaded model once on a black picture: whether it still answers, not what.
 *
 * @throws Error when a model fails or answers nonsense
 */
export async function probeModels({ detector, generators }: LoadedModels): Promise<void> {
  if (detector !== undefined) await detectFaces(blackRaster(32, 32), detector, 1);
  for (const generator of generators.values()) {
    const { width, height } = generator.manifest.crop;
    await generateFaces([blackRaster(width, height)], generator);
  }
}

function blackRaster(width: number, height: number) {
  return { width, height, channels: 3, data: new Uint8Array(width * height * 3) } as const;
}
