import { detectFaces } from '../../models/contract/detector.ts';
import type { Face } from '../../models/contract/face.ts';
import type { DetectorManifest, GeneratorManifest } from '../../models/contract/manifest.ts';
import type { LoadedModel } from '../../models/contract/pipeline.ts';
import type { Raster } from '../../models/contract/raster.ts';
import { drawingContext, putRaster } from './canvas.ts';
import { type DecodedPhoto, decodePhoto } from './decode.ts';
import { DeviceError } from './device-error.ts';
import { encodePreview, encodeResult, type ResultType, resultTypeOf } from './encode.ts';
import { changePhoto, type PhotoChange } from './face-changes.ts';
import { blendFullSize } from './full-size.ts';
import { Preview } from './preview.ts';
import type { BlendOptions, DeviceNotice, OpenedPhoto, PreviewOptions } from './protocol.ts';

type Generator = LoadedModel<GeneratorManifest>;

/** Faces are looked for in at most this many pixels; a larger photo is averaged for it. */
const MAX_DETECTION_PIXELS = 16e6;

/** One decoded photo, its faces, and what generators have made of them. */
export class OpenPhoto {
  readonly #photo: DecodedPhoto;
  readonly #type: ResultType;
  readonly #faces: readonly Face[];
  readonly #notices: readonly DeviceNotice[];
  /** The photo at full size, until the first generator has seen it. */
  #whole: Raster | undefined;
  /** By model, so that the network runs once for every strength and choice of faces. */
  readonly #changes = new Map<string, readonly PhotoChange[]>();
  readonly #previews = new Map<string, Preview>();

  private constructor(photo: DecodedPhoto, type: ResultType, found: Found, asked: string) {
    this.#photo = photo;
    this.#type = type;
    this.#faces = found.faces;
    this.#whole = found.whole;
    const isOther = !photo.header && asked !== type;
    this.#notices = [
      ...photo.notices,
      ...(isOther ? [{ kind: 'format', mediaType: type } as const] : []),
    ];
  }

  /**
   * Decodes a photo and finds its faces.
   *
   * @throws DeviceError when it cannot be decoded or shows no face
   */
  static async open(
    file: Blob,
    detector: Promise<LoadedModel<DetectorManifest>>,
    maxPixels: number,
    maxFaces: number,
  ): Promise<OpenPhoto> {
    const photo = await decodePhoto(file, maxPixels);
    try {
      const found = await findFaces(photo, await detector, maxFaces);
      return new OpenPhoto(photo, resultTypeOf(photo.header, file.type), found, file.type);
    } catch (error) {
      photo.pixels.close();
      throw error;
    }
  }

  describe(): OpenedPhoto {
    const { width, height } = this.#photo.pixels;
    const faces = this.#faces;
    return { width, height, mediaType: this.#type, notices: this.#notices, faces };
  }

  /** The photo made over, small, for showing. */
  async preview(generator: Generator, options: PreviewOptions): Promise<Blob> {
    const { header, pixels } = this.#photo;
    const key = `${keyOf(generator)}/${options.maxSide}`;
    const changes = await this.#change(generator);
    const preview =
      this.#previews.get(key) ??
      new Preview(pixels, changes, generator.manifest.crop, options.maxSide);
    this.#previews.set(key, preview);
    const raster = preview.blend(options.strength, this.#chosen(options));
    const context = drawingContext(raster.width, raster.height, true);
    putRaster(context, raster, 0, 0);
    return encodePreview(context.canvas, header);
  }

  /** The photo made over at full size, as a file to keep. */
  async render(generator: Generator, options: BlendOptions, signal: AbortSignal): Promise<Blob> {
    const { header, pixels } = this.#photo;
    const ids = this.#chosen(options);
    const changes = (await this.#change(generator)).filter(({ id }) => ids.includes(id));
    const context = pixels.draw(this.#type === 'image/jpeg');
    const { crop } = generator.manifest;
    await blendFullSize(context, pixels, changes, crop, options.strength, signal);
    const file = await encodeResult(context.canvas, this.#type, header);
    // Gives its memory back at once.
    context.canvas.width = 0;
    return file;
  }

  close(): void {
    this.#photo.pixels.close();
  }

  async #change(generator: Generator): Promise<readonly PhotoChange[]> {
    const key = keyOf(generator);
    const known = this.#changes.get(key);
    if (known) return known;
    const { pixels, profile } = this.#photo;
    const changes = await changePhoto(pixels, this.#whole, profile, this.#faces, generator);
    this.#whole = undefined;
    this.#changes.set(key, changes);
    return changes;
  }

  #chosen({ faces }: BlendOptions): readonly number[] {
    return faces ?? this.#faces.map(({ id }) => id);
  }
}

function keyOf({ manifest }: Generator): string {
  return `${manifest.name}/${manifest.version}`;
}

interface Found {
  readonly faces: readonly Face[];
  readonly whole: Raster | undefined;
}

async function findFaces(
  { pixels, profile }: DecodedPhoto,
  detector: LoadedModel<DetectorManifest>,
  maxFaces: number,
): Promise<Found> {
  const { raster, factor } = pixels.readAll(MAX_DETECTION_PIXELS);
  const found = await detectFaces(raster, detector, maxFaces, profile);
  if (found.length === 0) throw new DeviceError('NO_FACE_FOUND', 'no face was found');
  const faces = found.map((face) => enlarge(face, factor));
  return { faces, whole: factor === 1 ? raster : undefined };
}

/** A face in px of the photo, from px of a copy `factor` times as small. */
function enlarge(face: Face, factor: number): Face {
  const { x, y, width, height } = face.box;
  const points = Object.fromEntries(
    Object.entries(face.points).map(([name, point]) => [
      name,
      { x: point.x * factor, y: point.y * factor },
    ]),
  ) as unknown as Face['points'];
  const box = { x: x * factor, y: y * factor, width: width * factor, height: height * factor };
  return { ...face, box, points };
}
