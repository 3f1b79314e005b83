import { asciiText, viewOf } from './bytes.ts';
import {
  invertMatrix,
  linearToSrgb,
  type Matrix,
  multiplyMatrices,
  SRGB_TO_XYZ,
  srgbToLinear,
} from './color-arithmetic.ts';
import type { Raster } from './raster.ts';
import { parseToneCurve, type ToneCurve } from './tone-curve.ts';

/** An RGB colour space other than sRGB, in which a photo's values stand. */
export interface ColorProfile {
  /** Converts a small picture's values to sRGB levels, rounded; alpha is kept. */
  toSrgb(raster: Raster): Raster;
  /** Converts sRGB levels (RGB interleaved, clipped to 0 to 255) to this space's, unrounded. */
  fromSrgb(levels: Float32Array): Float32Array;
}

const HEADER_BYTES = 128;
/** Differences from sRGB up to this many levels are rounding of the profile's own numbers. */
const SAME_AS_SRGB = 1;

/**
 * Reads an RGB profile made of a matrix and three tone curves (ICC.1, versions 2 and 4).
 *
 * @returns undefined when the space is sRGB itself, or the profile is damaged or of another kind,
 * so that values are best taken as sRGB
 */
export function parseColorProfile(icc: Uint8Array): ColorProfile | undefined {
  const tags = readTags(icc);
  if (tags === undefined) return undefined;
  const columns = ['rXYZ', 'gXYZ', 'bXYZ'].map((name) => parseXyz(tags.get(name)));
  const [red, green, blue] = columns;
  const curves = ['rTRC', 'gTRC', 'bTRC'].flatMap((name) => {
    const tag = tags.get(name);
    const curve = tag === undefined ? undefined : parseToneCurve(tag);
    return curve === undefined ? [] : [curve];
  });
  if (!red || !green || !blue || curves.length !== 3) return undefined;
  const profile = createProfile(
    [red[0], green[0], blue[0], red[1], green[1], blue[1], red[2], green[2], blue[2]],
    curves,
  );
  return profile === undefined || isSrgb(profile) ? undefined : profile;
}

/** Tags by signature; undefined when this is no RGB profile over XYZ. */
function readTags(icc: Uint8Array): Map<string, Uint8Array> | undefined {
  if (icc.length < HEADER_BYTES + 4) return undefined;
  const signature = (offset: number): string => asciiText(icc.subarray(offset, offset + 4));
  if (signature(36) !== 'acsp' || signature(16) !== 'RGB ' || signature(20) !== 'XYZ ') {
    return undefined;
  }
  const view = viewOf(icc);
  const count = view.getUint32(HEADER_BYTES);
  const tags = new Map<string, Uint8Array>();
  if (HEADER_BYTES + 4 + 12 * count > icc.length) return undefined;
  for (let i = 0; i < count; i++) {
    const entry = HEADER_BYTES + 4 + 12 * i;
    const start = view.getUint32(entry + 4);
    tags.set(signature(entry), icc.subarray(start, start + view.getUint32(entry + 8)));
  }
  return tags;
}

/** A colour of an XYZ tag, which holds numbers of 16 binary places. */
function parseXyz(tag: Uint8Array | undefined): readonly [number, number, number] | undefined {
  if (tag === undefined || tag.length < 20) return undefined;
  const view = viewOf(tag);
  return [view.getInt32(8) / 65536, view.getInt32(12) / 65536, view.getInt32(16) / 65536];
}

function createProfile(toXyz: Matrix, curves: readonly ToneCurve[]): ColorProfile | undefined {
  const xyzToSrgb = invertMatrix(SRGB_TO_XYZ);
  const xyzToProfile = invertMatrix(toXyz);
  if (xyzToSrgb === undefined || xyzToProfile === undefined) return undefined;
  const toLinearSrgb = multiplyMatrices(xyzToSrgb, toXyz);
  const fromLinearSrgb = multiplyMatrices(xyzToProfile, SRGB_TO_XYZ);
  const linearOfLevel = curves.map(({ toLinear }) =>
    Float64Array.from({ length: 256 }, (_, level) => toLinear(level / 255)),
  );
  const color = new Float64Array(3);
  return {
    toSrgb(raster) {
      const { channels } = raster;
      const data = new Uint8Array(raster.data);
      for (let i = 0; i < data.length; i += channels) {
        linearOfLevel.forEach((table, c) => {
          color[c] = table[data[i + c] as number] as number;
        });
        for (let c = 0; c < 3; c++) {
          data[i + c] = Math.round(linearToSrgb(applyRow(toLinearSrgb, c, color)));
        }
      }
      return { ...raster, data };
    },
    fromSrgb(levels) {
      const converted = new Float32Array(levels.length);
      for (let i = 0; i < levels.length; i += 3) {
        for (let c = 0; c < 3; c++) {
          color[c] = srgbToLinear(Math.max(0, Math.min(255, levels[i + c] as number)));
        }
        curves.forEach(({ fromLinear }, c) => {
          converted[i + c] = 255 * fromLinear(applyRow(fromLinearSrgb, c, color));
        });
      }
      return converted;
    },
  };
}

function applyRow(matrix: Matrix, row: number, color: Float64Array): number {
  return (
    (matrix[3 * row] as number) * (color[0] as number) +
    (matrix[3 * row + 1] as number) * (color[1] as number) +
    (matrix[3 * row + 2] as number) * (color[2] as number)
  );
}

/** Compares 6 x 6 x 6 colours spread over the whole space. */
function isSrgb(profile: ColorProfile): boolean {
  const levels = [0, 51, 102, 153, 204, 255];
  const colors = levels.flatMap((r) => levels.flatMap((g) => levels.flatMap((b) => [r, g, b])));
  const data = Uint8Array.from(colors);
  const { data: srgb } = profile.toSrgb({ width: data.length / 3, height: 1, channels: 3, data });
  return data.every((level, i) => Math.abs(level - (srgb[i] as number)) <= SAME_AS_SRGB);
}
