import type { FaceChoice } from '../../models/contract/face.ts';

/** Weight of one photo in the mean. */
const WEIGHT = 0.05;

/** How many faces a photo will have, by those before it: that is known only when it is decoded. */
export class FaceEstimate {
  #mean = 1;

  expect(choice: FaceChoice): number {
    if (choice === 'all') return this.#mean;
    return choice === 'largest' ? 1 : choice.length;
  }

  /** A photo of which all faces were wanted had so many. */
  observe(faces: number): void {
    this.#mean += WEIGHT * (faces - this.#mean);
  }
}
