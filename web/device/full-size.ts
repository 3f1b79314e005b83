import { blendReady, coveredRegion, readyChange } from '../../models/contract/blend.ts';
import type { CropGeometry } from '../../models/contract/crop.ts';
import { putRaster } from './canvas.ts';
import type { PhotoChange } from './face-changes.ts';
import type { PhotoPixels } from './photo-pixels.ts';
import { ofPart } from './placement.ts';

/** A slice takes a few hundredths of a second: then the worker listens again. */
const SLICE_ROWS = 96;

/**
 * Blends changes into a canvas that shows the photo, slice by slice. Only the slices in which faces
 * lie are copied, so that a photo of any size needs no second copy.
 *
 * @param changes the frontmost first
 * @throws the signal's reason when it fires in between
 */
export async function blendFullSize(
  context: OffscreenCanvasRenderingContext2D,
  pixels: PhotoPixels,
  changes: readonly PhotoChange[],
  geometry: CropGeometry,
  strength: number,
  signal: AbortSignal,
): Promise<void> {
  const faces = changes.map((change) => ({
    ...coveredRegion(pixels, change.photoToCrop, geometry),
    ready: readyChange(change),
  }));
  const end = Math.max(0, ...faces.map(({ bottom }) => bottom));
  for (let top = Math.min(end, ...faces.map((face) => face.top)); top < end; top += SLICE_ROWS) {
    const bottom = Math.min(end, top + SLICE_ROWS);
    const here = faces.filter(
      (face) => face.top < bottom && face.bottom > top && face.left < face.right,
    );
    if (here.length === 0) continue;
    const left = Math.min(...here.map((face) => face.left));
    const right = Math.max(...here.map((face) => face.right));
    const slice = pixels.read(left, top, right - left, bottom - top);
    const result = { ...slice, data: slice.data.slice() };
    // The largest face is most likely in front: it comes last.
    for (const { ready } of here.toReversed()) {
      const photoToCrop = ofPart(ready.photoToCrop, left, top);
      blendReady(slice, result, { ...ready, photoToCrop }, geometry, strength);
    }
    putRaster(context, result, left, top);
    await listen();
    signal.throwIfAborted();
  }
}

/** Lets messages that have come meanwhile be heard. */
function listen(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}
