import fc, { type Arbitrary } from 'fast-check';

/** A POST that no careful client would send. */
export interface MalformedPost {
  readonly contentType: string;
  readonly body: Buffer;
  /** More bytes than come, after which the client hangs up. */
  readonly missingBytes: number;
}

const BOUNDARY = 'boundary7';
const SIGNATURES = [
  [0xff, 0xd8, 0xff, 0xe0],
  [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  [...Buffer.from('RIFF\x10\0\0\0WEBPVP8X')],
  [...Buffer.from('\0\0\0\x1cftypavif')],
  [...Buffer.from('\0\0\0\x1cftypheic')],
  [...Buffer.from('<svg xmlns="http://www.w3.org/2000/svg">')],
  [...Buffer.from('%PDF-1.7')],
  [...Buffer.from('GIF89a')],
];
const FIELD_NAMES = [
  'image',
  'model',
  'strength',
  'faces',
  '__proto__',
  'constructor[prototype][a]',
  'a[999999999]',
  'a[b][c][d]',
  'a[',
  'image[]',
  '',
  'x'.repeat(100),
];

/**
 * Malformed and nearly well-formed bodies for POST /v1/makeover: raw and multipart.
 *
 * @param photos sound photo files, of which some bytes are changed
 */
export function malformedPosts(photos: readonly Buffer[]): Arbitrary<MalformedPost> {
  const file = malformedFiles(photos);
  const raw = fc.record({
    contentType: fc.constantFrom('image/jpeg', 'application/x-www-form-urlencoded', 'text/html'),
    body: file,
  });
  const form = fc.record({ contentType: contentTypes(), body: formBodies(file) });
  const missingBytes = fc.oneof(
    { weight: 9, arbitrary: fc.constant(0) },
    fc.integer({ min: 1, max: 1000 }),
  );
  return fc
    .tuple(fc.oneof({ weight: 2, arbitrary: form }, raw), missingBytes)
    .map(([post, missing]) => ({ ...post, missingBytes: missing }));
}

function malformedFiles(photos: readonly Buffer[]): Arbitrary<Buffer> {
  const photo = fc.constantFrom(...photos);
  const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  const signed = fc
    .tuple(fc.constantFrom(...SIGNATURES), noise)
    .map(([signature, rest]) => Buffer.concat([Buffer.from(signature), rest]));
  const joined = fc.tuple(signed, photo).map((parts) => Buffer.concat(parts));
  return fc.oneof(noise, signed, joined, photo.chain(truncated), photo.chain(flipped));
}

function truncated(bytes: Buffer): Arbitrary<Buffer> {
  return fc.nat(bytes.length).map((end) => bytes.subarray(0, end));
}

/** Changes one to eight bytes, half the time among the first 700, where the headers are. */
function flipped(bytes: Buffer): Arbitrary<Buffer> {
  const last = Math.max(bytes.length - 1, 0);
  const place = fc.oneof(fc.nat(Math.min(last, 700)), fc.nat(last));
  const changes = fc.array(fc.tuple(place, fc.integer({ min: 1, max: 255 })), {
    minLength: 1,
    maxLength: 8,
  });
  return changes.map((list) => {
    const copy = Buffer.from(bytes);
    for (const [at, mask] of list) copy[at] = (copy[at] ?? 0) ^ mask;
    return copy;
  });
}

function contentTypes(): Arbitrary<string> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(`multipart/form-data; boundary=${BOUNDARY}`) },
    fc.constantFrom(
      'multipart/form-data',
      'multipart/form-data; boundary=',
      'multipart/form-data; boundary=""',
      'multipart/form-data; boundary=other',
      `multipart/form-data; boundary="${BOUNDARY}"; charset=x`,
      `multipart/form-data; boundary=${'b'.repeat(500)}`,
      `multipart/form-data; boundary=${BOUNDARY}; boundary=other`,
      `MULTIPART/MIXED; boundary=${BOUNDARY}`,
      'multipart/form-data; =;;; boundary',
    ),
  );
}

function formBodies(file: Arbitrary<Buffer>): Arbitrary<Buffer> {
  const whole = fc
    .record({
      preamble: fc.constantFrom('', 'preamble', '\r\n'),
      parts: fc.array(formParts(file), { maxLength: 12 }),
      end: fc.constantFrom(`--${BOUNDARY}--\r\n`, `--${BOUNDARY}--`, `--${BOUNDARY}`, '', '--x--'),
    })
    .map(({ preamble, parts, end }) =>
      Buffer.concat([Buffer.from(preamble), ...parts, Buffer.from(end)]),
    );
  return fc.oneof(whole, whole.chain(flipped), whole.chain(truncated));
}

function formParts(file: Arbitrary<Buffer>): Arbitrary<Buffer> {
  const text = fc.string({ maxLength: 40, unit: 'binary' }).map((value) => Buffer.from(value));
  const longText = fc.constant(Buffer.alloc(3000, 'v'));
  return fc
    .record({
      name: fc.oneof(fc.constantFrom(...FIELD_NAMES), fc.string({ maxLength: 10 })),
      fileName: fc.oneof(
        { weight: 2, arbitrary: fc.constant(undefined) },
        fc.constantFrom('a.jpg', '', '../../etc/passwd', 'a\0b', 'ü.png', 'n'.repeat(2000)),
      ),
      header: fc.constantFrom('', 'Content-Type: image/png\r\n', 'X\r\n', ': \r\n', '\0: a\r\n'),
      separator: fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', ''),
      content: fc.oneof(file, text, longText),
    })
    .map(({ name, fileName, header, separator, content }) => {
      const fileAttribute = fileName === undefined ? '' : `; filename="${fileName}"`;
      const disposition = `Content-Disposition: form-data; name="${name}"${fileAttribute}`;
      const head = `--${BOUNDARY}\r\n${disposition}\r\n${header}${separator}`;
      return Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n')]);
    });
}
