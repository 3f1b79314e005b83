import { ProblemError } from '../problem.ts';

/** File types by their first bytes. The HTTP process uses this: no decoder is loaded for it. */

export const IMAGE_FORMATS = ['jpeg', 'png', 'webp', 'avif'] as const;

/** What a result can be encoded as. */
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

/** What a photo may come as. HEIC needs an HEVC decoder, which not every build of libvips has. */
export type PhotoFormat = ImageFormat | 'heic';

export function mediaTypeOf(format: PhotoFormat): `image/${PhotoFormat}` {
  return `image/${format}`;
}

export function extensionOf(format: ImageFormat): string {
  return format === 'jpeg' ? 'jpg' : format;
}

/** The format that a result has unless another is asked for: HEIC cannot be written. */
export function resultFormatOf(format: PhotoFormat): ImageFormat {
  return format === 'heic' ? 'jpeg' : format;
}

/** Kinds of file that people do send and that we refuse, with what to do instead. */
const REFUSED: readonly { readonly name: string; readonly matches: (head: Head) => boolean }[] = [
  { name: 'a GIF picture', matches: (head) => /^GIF8[79]a/.test(head.start) },
  { name: 'a PDF document', matches: (head) => head.text(0, 5) === '%PDF-' },
  {
    name: 'an SVG drawing',
    matches: (head) => /^[^\w]*<(\?xml|svg|!DOCTYPE svg)/i.test(head.start),
  },
  { name: 'a TIFF picture', matches: (head) => /^(II\*\0|MM\0\*)/.test(head.start) },
  { name: 'a BMP picture', matches: (head) => head.text(0, 2) === 'BM' },
];

/** The photo's format, or undefined when it is none that we take. */
export function sniffFormat(file: Uint8Array): PhotoFormat | undefined {
  const head = new Head(file);
  if (head.text(0, 3) === '\xff\xd8\xff') return 'jpeg';
  if (head.text(0, 8) === '\x89PNG\r\n\x1a\n') return 'png';
  if (head.text(0, 4) === 'RIFF' && head.text(8, 12) === 'WEBP') return 'webp';
  if (head.brands(['avif', 'avis'])) return 'avif';
  if (head.brands(['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis'])) return 'heic';
  return undefined;
}

/**
 * The photo's format.
 *
 * @throws ProblemError TYPE_NOT_ALLOWED when it is none that we take
 */
export function requirePhotoFormat(file: Uint8Array): PhotoFormat {
  const format = sniffFormat(file);
  if (format !== undefined) return format;
  throw new ProblemError(
    'TYPE_NOT_ALLOWED',
    `the file is ${describeRefused(file)}: send a JPEG, PNG, WebP or AVIF picture`,
  );
}

/** What a file that `sniffFormat` does not know seems to be, for the error message. */
export function describeRefused(file: Uint8Array): string {
  const head = new Head(file);
  return REFUSED.find(({ matches }) => matches(head))?.name ?? 'no picture that is known here';
}

/** Whether a WebP file's picture is coded without loss (a VP8L chunk, perhaps after others). */
export function isLosslessWebp(file: Uint8Array): boolean {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  // 12 bytes of RIFF header, then chunks: four letters, a length, content padded to even.
  for (let at = 12; at + 8 <= file.length; ) {
    const name = Buffer.from(file.subarray(at, at + 4)).toString('latin1');
    if (name === 'VP8L') return true;
    if (name === 'VP8 ') return false;
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length % 2);
  }
  return false;
}

/** The first bytes of a file as Latin-1 text. */
class Head {
  readonly start: string;

  constructor(file: Uint8Array) {
    this.start = Buffer.from(file.subarray(0, 64)).toString('latin1');
  }

  text(from: number, to: number): string {
    return this.start.slice(from, to);
  }

  /** Whether an ISO base media file (HEIF) names one of the brands, major or compatible. */
  brands(names: readonly string[]): boolean {
    if (this.text(4, 8) !== 'ftyp') return false;
    const size = Math.min(this.start.charCodeAt(3), this.start.length);
    const brands = [this.text(8, 12)];
    for (let at = 16; at + 4 <= size; at += 4) brands.push(this.text(at, at + 4));
    return names.some((name) => brands.includes(name));
  }
}
