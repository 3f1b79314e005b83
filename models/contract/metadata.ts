import { writeJpegMetadata } from './jpeg-metadata.ts';
import { writePngMetadata } from './png-metadata.ts';
import { writeWebpMetadata } from './webp-metadata.ts';

export interface PhotoMetadata {
  /** ICC profile of the picture's values; sRGB when absent. */
  readonly icc?: Uint8Array;
}

/** IPTC's digital source type of a photo in which AI has changed something. */
export const AI_EDIT_SOURCE_TYPE =
  'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia';

/**
 * An XMP packet that marks a photo as edited by AI, by IPTC's digital source type. It is ASCII. The
 * byte order mark that XMP allows in `begin` is left out.
 */
export const AI_EDIT_XMP =
  '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>' +
  '<x:xmpmeta xmlns:x="adobe:ns:meta/">' +
  '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
  '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" ' +
  `Iptc4xmpExt:DigitalSourceType="${AI_EDIT_SOURCE_TYPE}"/>` +
  '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>';

/**
 * Gives a freshly encoded picture the AI mark and the colour profile. It ends up without EXIF, and so
 * counts as upright (orientation 1). Encoders in browsers write a profile of their own: it gives way.
 *
 * @throws Error when the bytes are not of the given type
 */
export function writeMetadata(
  encoded: Uint8Array,
  type: keyof typeof WRITERS,
  { icc }: PhotoMetadata,
): Uint8Array {
  return WRITERS[type](encoded, AI_EDIT_XMP, icc);
}

const WRITERS = {
  'image/jpeg': writeJpegMetadata,
  'image/png': writePngMetadata,
  'image/webp': writeWebpMetadata,
} as const;
