import sharp from 'sharp';
import { IMAGE_FORMATS, type PhotoFormat } from './formats.ts';

/** A grey HEIC picture of 16 x 16 px, coded by x265. */
const HEIC_SAMPLE = Buffer.from(
  'AAAAHGZ0eXBoZWl4AAAAAG1pZjFoZWl4bWlhZgAAAXZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAA' +
    'AAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABmgABAAAAAAAAABoAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAA' +
    'AAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA9mlwcnAAAADWaXBjbwAAAHFodmNDAQQIAAAAn/gAAAAAHvAA/Pz4' +
    '+AAADwNgAAEAF0ABDAH//wQIAAADAJ/4AAADAAAeugJAYQABACZCAQEECAAAAwCf+AAAAwAAHsCCBBZbqrprmwIA' +
    'AAMAMgAAAwACEGIAAQAGRAHBc8GJAAAAE2NvbHJuY2x4AAEADQAGgAAAABRpc3BlAAAAAAAAAEAAAABAAAAAKGNs' +
    'YXAAAAAIAAAAAQAAAAgAAAAB////yAAAAAL////IAAAAAgAAAA5waXhpAAAAAAEIAAAAGGlwbWEAAAAAAAAAAQAB' +
    'BYECAwWEAAAAIm1kYXQAAAAWKAGuCCRtuOBr0zWyQStQpn9mwJUBEQ==',
  'base64',
);

let found: Promise<readonly PhotoFormat[]> | undefined;

/** What the decoder of this process takes: HEIC is tried out, since few builds may decode HEVC. */
export function findInputFormats(): Promise<readonly PhotoFormat[]> {
  found ??= canDecode(HEIC_SAMPLE).then((can) =>
    can ? [...IMAGE_FORMATS, 'heic'] : IMAGE_FORMATS,
  );
  return found;
}

async function canDecode(file: Buffer): Promise<boolean> {
  try {
    await sharp(file).raw().toBuffer();
    return true;
  } catch {
    return false;
  }
}
