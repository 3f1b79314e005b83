import { MessageWriter } from '../wire.ts';

/** Events as TensorBoard reads them; field numbers are those of event.proto and summary.proto. */

/** Colour channels of a PNG without transparency. */
const RGB_CHANNELS = 3;
const WALL_TIME_TAG = 0x09;
const STEP_TAG = 0x10;
/** The tag and the 64 bits of the wall time come before the step. */
const STEP_POSITION = 9;

/** The event that every file begins with. */
export function encodeVersion(wallTimeMs: number): Uint8Array {
  return event(wallTimeMs, 0).string(3, 'brain.Event:2').finish();
}

/** Values of one step by name; a name's first part, before "/", groups charts. */
export function encodeScalars(
  wallTimeMs: number,
  step: number,
  values: Readonly<Record<string, number>>,
): Uint8Array {
  const summary = new MessageWriter();
  for (const [tag, value] of Object.entries(values)) {
    summary.message(1, new MessageWriter().string(1, tag).float(2, value));
  }
  return event(wallTimeMs, step).message(5, summary).finish();
}

/** @param png without transparency */
export function encodeImage(
  wallTimeMs: number,
  step: number,
  tag: string,
  png: Uint8Array,
): Uint8Array {
  // Width and height stand in the PNG's header, which always comes first.
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const image = new MessageWriter()
    .integer(1, view.getUint32(20))
    .integer(2, view.getUint32(16))
    .integer(3, RGB_CHANNELS)
    .bytes(4, png);
  const value = new MessageWriter().string(1, tag).message(4, image);
  return event(wallTimeMs, step).message(5, new MessageWriter().message(1, value)).finish();
}

/** The step of an event that was encoded here; undefined for any other. */
export function stepOfEvent(bytes: Uint8Array): number | undefined {
  if (bytes[0] !== WALL_TIME_TAG || bytes[STEP_POSITION] !== STEP_TAG) return undefined;
  let step = 0;
  for (let i = STEP_POSITION + 1, scale = 1; ; i++, scale *= 128) {
    const digit = bytes[i] ?? 0;
    step += (digit & 0x7f) * scale;
    if (digit < 0x80) return step;
  }
}

function event(wallTimeMs: number, step: number): MessageWriter {
  return new MessageWriter().double(1, wallTimeMs / 1000).integer(2, step);
}
