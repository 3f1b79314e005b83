import { writeMetadata } from '../../models/contract/metadata.ts';
import type { PhotoHeader } from '../../models/contract/photo-header.ts';
import { jpegQualityFor, WEBP_QUALITY } from '../../models/contract/result-encoding.ts';

/** What a canvas can write in every browser that writes it. */
export type ResultType = 'image/jpeg' | 'image/png' | 'image/webp';

/** Of previews, which are shown and not kept. */
const PREVIEW_QUALITY = 0.92;

/** The media type that a made-over photo gets: the photo's own, or JPEG for what is not written. */
export function resultTypeOf(header: PhotoHeader | undefined, mediaType: string): ResultType {
  if (header) return `image/${header.format}`;
  // A GIF's 256 colours cannot hold a made-over face.
  return mediaType === 'image/gif' ? 'image/png' : 'image/jpeg';
}

/**
 * Encodes a canvas as the service does: at least its JPEG quality, without loss where the photo came
 * so, with the AI mark and the photo's profile.
 */
export async function encodeResult(
  canvas: OffscreenCanvas,
  type: ResultType,
  header: PhotoHeader | undefined,
): Promise<Blob> {
  return encode(canvas, type, qualityFor(type, header), header);
}

/** Encodes a small picture of the photo, fast. */
export function encodePreview(
  canvas: OffscreenCanvas,
  header: PhotoHeader | undefined,
): Promise<Blob> {
  const type = header?.hasAlpha === false ? 'image/jpeg' : 'image/png';
  return encode(canvas, type, PREVIEW_QUALITY, header);
}

async function encode(
  canvas: OffscreenCanvas,
  type: ResultType,
  quality: number,
  header: PhotoHeader | undefined,
): Promise<Blob> {
  const encoded = await canvas.convertToBlob({ type, quality });
  if (encoded.type !== type) throw new Error(`the browser cannot write ${type}`);
  const bytes = new Uint8Array(await encoded.arrayBuffer());
  const written = writeMetadata(bytes, type, header?.icc ? { icc: header.icc } : {});
  return new Blob([written as Uint8Array<ArrayBuffer>], { type });
}

/** 0 to 1; 1 also means colours as fine as the light in a JPEG, and no loss in a WebP. */
function qualityFor(type: ResultType, header: PhotoHeader | undefined): number {
  if (type === 'image/webp') return header?.isLossless ? 1 : WEBP_QUALITY / 100;
  if (header?.format === 'jpeg' && header.hasFullChroma) return 1;
  return jpegQualityFor(header?.jpegQuality) / 100;
}
