/** Samples of a random-looking picture, the same for the same seed. */
export function noise(
  size: { width: number; height: number; channels: number },
  seed: number,
): Uint8Array {
  let state = seed | 1;
  return Uint8Array.from({ length: size.width * size.height * size.channels }, () => {
    state = Math.imul(state, 1664525) + 1013904223;
    return state >>> 24;
  });
}
