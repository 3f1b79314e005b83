import type { LoadedGenerator } from './pipeline.ts';
import type { Raster } from './raster.ts';
import { IMAGE, RESIDUAL, RESULT, requireBytes, requireFloats } from './tensor.ts';

/** What a generator answers for one crop. */
export interface GeneratedFace {
  readonly image: Raster;
  /** Answer minus input in grey levels, RGB interleaved, neither rounded nor clipped. */
  readonly residual: Float32Array;
}

/**
 * Runs the generator on all crops in one batch.
 *
 * @param crops RGB in sRGB, of the size that the manifest gives
 * @throws Error when the model's answer does not match its manifest
 */
export async function generateFaces(
  crops: readonly Raster[],
  { manifest, runner }: LoadedGenerator,
): Promise<GeneratedFace[]> {
  const { width, height } = manifest.crop;
  const dims = [crops.length, height, width, 3];
  const length = height * width * 3;
  const data = new Uint8Array(crops.length * length);
  crops.forEach((crop, i) => {
    data.set(crop.data, i * length);
  });
  const outputs = await runner.run({ [IMAGE]: { type: 'uint8', dims, data } });
  const images = requireBytes(outputs, RESULT, dims);
  const residuals = requireFloats(outputs, RESIDUAL, dims);
  return crops.map((_, i) => ({
    image: {
      width,
      height,
      channels: 3,
      data: images.slice(i * length, (i + 1) * length),
    },
    residual: residuals.subarray(i * length, (i + 1) * length),
  }));
}
