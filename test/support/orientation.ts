import sharp, { type Sharp } from 'sharp';

/** Turns and flips that make an upright picture what a camera stores under each EXIF orientation. */
const TURNS: Readonly<Record<number, (picture: Sharp) => Sharp>> = {
  1: (picture) => picture,
  2: (picture) => picture.flop(),
  3: (picture) => picture.rotate(180),
  4: (picture) => picture.flip(),
  // Flips come before turns in sharp: 5 is the transposed picture, 7 the transverse one.
  5: (picture) => picture.flip().rotate(90),
  6: (picture) => picture.rotate(270),
  7: (picture) => picture.flip().rotate(270),
  8: (picture) => picture.rotate(90),
};

/** A PNG that shows the upright picture, stored as a camera stores it under an EXIF orientation. */
export async function storeTurned(upright: Buffer, orientation: number): Promise<Buffer> {
  const turn = TURNS[orientation];
  if (turn === undefined) throw new RangeError(`orientation is ${orientation}, expected 1 to 8`);
  const turned = await turn(sharp(upright)).png().toBuffer();
  return sharp(turned).withMetadata({ orientation }).png().toBuffer();
}
