import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { createSegment, insertSegment } from './jpeg.ts';
import { insertChunk } from './png.ts';

/** What must be in no result: a text, and a place near 51.5 degrees north. */
export const SECRET = 'Somebody Secret';

const XMP =
  '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF ' +
  'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ' +
  `xmlns:dc="http://purl.org/dc/elements/1.1/" dc:creator="${SECRET}"/></rdf:RDF></x:xmpmeta>`;

/** A photo with all the private metadata that its format can hold. */
export async function createPrivatePhoto(
  picture: Buffer,
  format: 'jpeg' | 'png' | 'webp' | 'avif',
): Promise<Buffer> {
  const exif = {
    IFD0: { Artist: SECRET },
    IFD3: {
      GPSLatitudeRef: 'N',
      GPSLatitude: '51/1 30/1 0/1',
      GPSLongitudeRef: 'E',
      GPSLongitude: '7/1 0/1 0/1',
    },
  };
  const file = await sharp(picture)
    .keepIccProfile()
    .withExif(exif)
    .withXmp(XMP)
    .toFormat(format)
    .toBuffer();
  if (format === 'jpeg') return addJpegSegments(file);
  return format === 'png' ? addPngTexts(file) : file;
}

/** A comment, IPTC's record of a photo's author, a thumbnail of JFIF, and a picture behind all. */
function addJpegSegments(jpeg: Buffer): Buffer {
  const author = Buffer.concat([Buffer.of(0x1c, 2, 80, 0, SECRET.length), Buffer.from(SECRET)]);
  const padding = Buffer.alloc(author.length % 2);
  const block = Buffer.from('Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0', 'latin1');
  const iptc = Buffer.concat([block, Buffer.of(author.length), author, padding]);
  const thumbnail = Buffer.concat([
    Buffer.from('JFXX\0\x13\x01\x01', 'latin1'),
    Buffer.from('abc'),
  ]);
  const segments = [
    createSegment(0xfe, Buffer.from(SECRET)),
    createSegment(0xed, iptc),
    createSegment(0xe0, thumbnail),
  ];
  return Buffer.concat([insertSegment(jpeg, ...segments), jpeg, Buffer.from(SECRET)]);
}

function addPngTexts(png: Buffer): Buffer {
  const plain = Buffer.from(`Author\0${SECRET}`, 'latin1');
  const packed = Buffer.concat([Buffer.from('Comment\0\0'), deflateSync(Buffer.from(SECRET))]);
  const international = Buffer.from(`Title\0\0\0\0\0${SECRET}`);
  const withTexts = insertChunk(insertChunk(png, 'tEXt', plain), 'zTXt', packed);
  return insertChunk(withTexts, 'iTXt', international);
}
