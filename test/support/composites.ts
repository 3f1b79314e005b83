import { readFileSync } from 'node:fs';

/** A composite portrait (640x800 px JPEG) of the fixtures: a face of nobody. */
export function readComposite(name = 'woman-indian'): Buffer {
  return readFileSync(new URL(`../fixtures/composites/${name}.jpg`, import.meta.url));
}
