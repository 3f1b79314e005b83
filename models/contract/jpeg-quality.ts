/** Sum of the standard's example luminance table, which libjpeg scales by its quality setting. */
const STANDARD_SUM = 3688;

/**
 * The quality setting, 1 to 100, that libjpeg would have needed for the file's luminance table.
 *
 * @returns undefined when the file has no such table before its picture data
 */
export function estimateJpegQuality(file: Uint8Array): number | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  // Segments: a marker 0xFFxx, then their length, which counts itself but not the marker.
  for (let at = 2; at + 69 <= file.length; ) {
    const marker = view.getUint16(at);
    if (marker === 0xffdb) return qualityOf(view, at + 4);
    // Start of scan, or no marker where one should be.
    if (marker === 0xffda || marker < 0xff00) return undefined;
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** @param at where the first quantisation table lies: one byte of precision and id, 64 values */
function qualityOf(view: DataView, at: number): number | undefined {
  const isWide = (view.getUint8(at) & 0xf0) !== 0;
  if (isWide && at + 129 > view.byteLength) return undefined;
  let sum = 0;
  for (let i = 1; i <= 64; i++)
    sum += isWide ? view.getUint16(at + 2 * i - 1) : view.getUint8(at + i);
  const scalePercent = (100 * sum) / STANDARD_SUM;
  const quality = scalePercent <= 100 ? 100 - scalePercent / 2 : 5000 / scalePercent;
  return Math.min(Math.max(Math.round(quality), 1), 100);
}
