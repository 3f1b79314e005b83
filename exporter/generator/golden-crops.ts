import { join } from 'node:path';
import { alignFace, type CropGeometry } from '../../models/contract/crop.ts';
import { detectFaces } from '../../models/contract/detector.ts';
import { warp } from '../../models/contract/resample.ts';
import type { Tensor } from '../../models/contract/tensor.ts';
import { loadDetector } from '../detector/load.ts';
import { checkoutFolder } from '../paths.ts';
import { readComposites } from '../pictures.ts';

/**
 * The golden inputs of a generator: the composite portraits, found and aligned as the service does
 * it, with the newest detector of this checkout.
 *
 * @returns uint8 [n, crop height, crop width, 3]
 * @throws Error when the detector is missing or finds no face
 */
export async function createGoldenCrops(crop: CropGeometry): Promise<Tensor> {
  const detector = await loadDetector(join(checkoutFolder(), 'models'));
  const portraits = await readComposites();
  const size = crop.width * crop.height * 3;
  const data = new Uint8Array(portraits.length * size);
  for (const [i, portrait] of portraits.entries()) {
    const [face] = await detectFaces(portrait, detector, 1);
    if (face === undefined) throw new Error(`the detector finds no face in composite ${i}`);
    const aligned = warp(portrait, alignFace(face.points, crop), crop.width, crop.height);
    data.set(aligned.data, i * size);
  }
  return { type: 'uint8', dims: [portraits.length, crop.height, crop.width, 3], data };
}
