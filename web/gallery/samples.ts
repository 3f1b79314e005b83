import type { GeneratorManifest } from '../../models/contract/manifest.ts';
import { element } from './elements.ts';
import { GALLERY_TEXTS } from './texts.ts';

/** The values of a file of the model, e.g. of "golden-image.bin". */
export type ReadFile = (path: string) => Promise<Uint8Array>;

/**
 * The model's own golden pairs as pictures: what the network made of composite faces when it was
 * exported, and must make of them on every machine. [n, h, w, 3] uint8, before beside after.
 *
 * @throws Error when a file cannot be had
 */
export async function sampleList({ golden }: GeneratorManifest, read: ReadFile): Promise<Node[]> {
  const { input } = golden;
  const result = golden.outputs.find(({ output, type }) => output === 'result' && type === 'uint8');
  const [count = 0, height = 0, width = 0] = input.dims;
  if (!result || input.type !== 'uint8') return [];
  const [before, after] = await Promise.all([read(input.path), read(result.path)]);
  const items = Array.from({ length: count }, (_, i) => {
    const canvas = element('canvas', [], {
      role: 'img',
      'aria-label': GALLERY_TEXTS.sampleAlt(i + 1),
      width: String(2 * width),
      height: String(height),
    });
    const context = canvas.getContext('2d');
    const size = 3 * height * width;
    for (const [side, values] of [before, after].entries()) {
      const part = values.subarray(i * size, (i + 1) * size);
      context?.putImageData(toImage(part, width, height), side * width, 0);
    }
    return element('li', [canvas]);
  });
  return [element('p', [GALLERY_TEXTS.samplesText]), element('ul', items, { class: 'pairs' })];
}

/** From RGB, row by row. */
function toImage(values: Uint8Array, width: number, height: number): ImageData {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    image.data.set(values.subarray(3 * i, 3 * i + 3), 4 * i);
    image.data[4 * i + 3] = 255;
  }
  return image;
}
