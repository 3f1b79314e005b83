/** Primaries under D50 as XYZ columns: red, green, blue. */
const COLORANTS = {
  srgb: [
    [0.43607, 0.22249, 0.01392],
    [0.38515, 0.71687, 0.09708],
    [0.14307, 0.06061, 0.7141],
  ],
  'display-p3': [
    [0.51512, 0.2412, -0.00105],
    [0.29198, 0.69225, 0.04189],
    [0.1571, 0.06657, 0.78407],
  ],
} as const;

/** The sRGB curve as ICC's parametric type 3. */
export const SRGB_CURVE = parametricCurve(3, [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045]);

/** A small matrix profile with one tone curve for all channels. */
export function createProfile(space: keyof typeof COLORANTS, curve: Buffer = SRGB_CURVE): Buffer {
  const [red, green, blue] = COLORANTS[space].map((xyz) =>
    Buffer.concat([Buffer.from('XYZ \0\0\0\0', 'latin1'), ...xyz.map(fixed)]),
  ) as [Buffer, Buffer, Buffer];
  const tags: [string, Buffer][] = [
    ['rXYZ', red],
    ['gXYZ', green],
    ['bXYZ', blue],
    ['rTRC', curve],
    ['gTRC', curve],
    ['bTRC', curve],
  ];
  const header = Buffer.alloc(128);
  header.write('mntrRGB XYZ ', 12, 'latin1');
  header.write('acsp', 36, 'latin1');
  header.set([4, 0x30], 8);
  let offset = 128 + 4 + 12 * tags.length;
  const table = tags.map(([name, content]) => {
    const entry = Buffer.concat([
      Buffer.from(name, 'latin1'),
      uint32(offset),
      uint32(content.length),
    ]);
    offset += content.length;
    return entry;
  });
  const body = [uint32(tags.length), ...table, ...tags.map(([, content]) => content)];
  const profile = Buffer.concat([header, ...body]);
  profile.writeUInt32BE(profile.length, 0);
  return profile;
}

export function parametricCurve(kind: number, parameters: readonly number[]): Buffer {
  const head = Buffer.from('para\0\0\0\0\0\0\0\0', 'latin1');
  head.writeUInt16BE(kind, 8);
  return Buffer.concat([head, ...parameters.map(fixed)]);
}

/** A curve of 16-bit samples, or a gamma where there is one number (8 binary places). */
export function sampledCurve(values: readonly number[]): Buffer {
  const numbers = values.map((value) => {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16BE(value);
    return bytes;
  });
  const head = Buffer.from('curv\0\0\0\0', 'latin1');
  const content = Buffer.concat([head, uint32(values.length), ...numbers]);
  return Buffer.concat([content, Buffer.alloc((4 - (content.length % 4)) % 4)]);
}

function fixed(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(Math.round(value * 65536));
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
