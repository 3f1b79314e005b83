/** Where readers of PDF look for its header; HTML and SVG start there too. */
const START_BYTES = 1024;
/** The end record of a ZIP archive and the longest comment behind it. */
const ZIP_END_BYTES = 22;
const MAX_ZIP_COMMENT_BYTES = 0xffff;
const ZIP_END = Buffer.from('PK\x05\x06', 'latin1');

/**
 * Whether a photo is another kind of file as well, by which other programs could be made to open
 * it.
 *
 * @returns what it is too, undefined for a plain photo
 */
export function findSecondType(photo: Uint8Array): string | undefined {
  const file = Buffer.from(photo.buffer, photo.byteOffset, photo.byteLength);
  const start = file.toString('latin1', 0, START_BYTES);
  if (start.includes('%PDF-')) return 'a PDF document';
  if (/<(!doctype|html|svg|script|body|iframe)\b/i.test(start)) return 'a page or drawing';
  return isZip(file) ? 'an archive' : undefined;
}

/** An archive is read from its end, where a record says how long the comment behind it is. */
function isZip(file: Buffer): boolean {
  const first = Math.max(0, file.length - ZIP_END_BYTES - MAX_ZIP_COMMENT_BYTES);
  let at = file.indexOf(ZIP_END, first);
  while (at >= 0 && at + ZIP_END_BYTES <= file.length) {
    if (at + ZIP_END_BYTES + file.readUInt16LE(at + ZIP_END_BYTES - 2) === file.length) return true;
    at = file.indexOf(ZIP_END, at + 1);
  }
  return false;
}
