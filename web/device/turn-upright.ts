import { liesOnSide, type Orientation } from '../../models/contract/exif-orientation.ts';
import { drawingContext } from './canvas.ts';

/** Where a canvas brings stored pixels, by orientation: a, b, c, d and whether to shift by the size. */
const TURNS: Readonly<
  Record<Orientation, readonly [a: number, b: number, c: number, d: number, x: 0 | 1, y: 0 | 1]>
> = {
  1: [1, 0, 0, 1, 0, 0],
  2: [-1, 0, 0, 1, 1, 0],
  3: [-1, 0, 0, -1, 1, 1],
  4: [1, 0, 0, -1, 0, 1],
  5: [0, 1, 1, 0, 0, 0],
  6: [0, 1, -1, 0, 1, 0],
  7: [0, -1, -1, 0, 1, 1],
  8: [0, -1, 1, 0, 0, 1],
};

/** A stored picture turned upright; the stored one is closed. */
export function turnUpright(stored: ImageBitmap, orientation: Orientation): ImageBitmap {
  const isTurned = liesOnSide(orientation);
  const width = isTurned ? stored.height : stored.width;
  const height = isTurned ? stored.width : stored.height;
  const context = drawingContext(width, height, false);
  const [a, b, c, d, x, y] = TURNS[orientation];
  context.setTransform(a, b, c, d, x * width, y * height);
  context.drawImage(stored, 0, 0);
  stored.close();
  return context.canvas.transferToImageBitmap();
}
