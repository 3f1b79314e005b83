import * as tf from '@tensorflow/tfjs';
import sharp, { type OverlayOptions } from 'sharp';
import type { CropStore } from '../data/crop-file.ts';
import { centreCrops } from '../data/crop-view.ts';
import type { Population } from '../data/populations.ts';
import { toPixelRange } from './steps.ts';
import type { Trainee } from './trainee.ts';

/** Sources of one target as uint8 RGB, [n, h, w, 3]. */
export interface GridSamples {
  readonly target: number;
  readonly count: number;
  readonly levels: Uint8Array;
}

/** The first readable sources of each target, unshifted: the same faces in every grid of a run. */
export function gridSamples(
  store: CropStore,
  populations: readonly Population[],
  count: number,
): GridSamples[] {
  return populations.map(({ sources }, target) => {
    const files = sources.map((face) => face.file).filter((file) => store.index.has(file));
    const shown = files.slice(0, count);
    return { target, count: shown.length, levels: centreCrops(store, shown) };
  });
}

/** Draws for each target a row of sources above a row of results, as PNG bytes. */
export async function drawGrid(
  trainee: Trainee,
  samples: readonly GridSamples[],
  crop: { readonly width: number; readonly height: number },
): Promise<Buffer> {
  const columns = Math.max(...samples.map(({ count }) => count));
  const tiles: OverlayOptions[] = [];
  const place = (levels: Uint8Array, count: number, row: number): void => {
    const bytes = crop.width * crop.height * 3;
    for (let i = 0; i < count; i++) {
      tiles.push({
        input: Buffer.from(levels.subarray(i * bytes, (i + 1) * bytes)),
        raw: { width: crop.width, height: crop.height, channels: 3 },
        left: i * crop.width,
        top: row * crop.height,
      });
    }
  };
  samples.forEach(({ target, count, levels }, k) => {
    place(levels, count, 2 * k);
    place(
      makeOverLevels(trainee, levels, [count, crop.height, crop.width, 3], target),
      count,
      2 * k + 1,
    );
  });
  const size = { width: columns * crop.width, height: 2 * samples.length * crop.height };
  return sharp({ create: { ...size, channels: 3, background: 'black' } })
    .composite(tiles)
    .png()
    .toBuffer();
}

/** Runs the generator on uint8 faces, [n, h, w, 3], and rounds its answer to levels. */
export function makeOverLevels(
  trainee: Trainee,
  levels: Uint8Array,
  shape: [number, number, number, number],
  target: number,
): Uint8Array {
  const result = tf.tidy(() => {
    const y = trainee.makeOver(toPixelRange(levels, shape), target);
    return tf
      .cast(tf.round(tf.clipByValue(tf.mul(tf.add(y, 1), 127.5), 0, 255)), 'int32')
      .dataSync();
  });
  return Uint8Array.from(result);
}
