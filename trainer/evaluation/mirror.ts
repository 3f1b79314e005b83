/** Faces, uint8 RGB [n, h, w, 3], with left and right exchanged. */
export function mirrorFaces(levels: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(levels.length);
  for (let i = 0; i < levels.length / 3; i++) {
    const x = i % width;
    const from = i - x + (width - 1 - x);
    for (let c = 0; c < 3; c++) out[i * 3 + c] = levels[from * 3 + c] as number;
  }
  return out;
}
