/** Brightness of an RGB colour, or of a difference of two, in the unit of its parts (BT.601). */
export function lumaOf(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}
