import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Raster } from '../../models/contract/raster.ts';
import { warp } from '../../models/contract/resample.ts';
import type { Tensor } from '../../models/contract/tensor.ts';
import { checkoutFolder } from '../paths.ts';
import { readComposites } from '../pictures.ts';
import { nextVersion, publishModel } from '../publish.ts';
import { detectorCard } from './card.ts';
import { convertDetector } from './export.ts';
import { DETECTOR_SIZE } from './network.ts';
import { largestCoordinate, measureOffset } from './point-offset.ts';

const HELP = `Usage: npm run export:detector -- --data DIR [options]

Converts BlazeFace from the npm package @vladmandic/human to models/face-detector/<version>/ and
measures where it sees eyes and mouth on aligned faces.

  --data DIR           data set of aligned frames in CelebA's layout
  --faces N            faces of split 0 to measure on, and of split 1 to check on (default: 800)
  --out DIR            folder of all models (default: the checkout's models/)
  --version N          (default: one more than the highest there)
  --force              replace an existing version
`;

/** Faces whose mean point lies further off after the correction would be misaligned, in crop px. */
const MAX_REMAINING = 0.5;
/** Portraits in the golden pair. */
const GOLDEN_PICTURES = 2;

interface DetectorRequest {
  readonly data: string;
  readonly faces: number;
  readonly out: string;
  readonly version: number | undefined;
  readonly force: boolean;
}

/** Exports the face detector. Returns the process's exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let request: DetectorRequest | undefined;
  try {
    request = parseRequest(args);
  } catch (error) {
    console.error(
      `export:detector: ${(error as Error).message}\nTry: npm run export:detector -- --help`,
    );
    return 2;
  }
  if (request === undefined) {
    console.log(HELP);
    return 0;
  }
  try {
    await exportDetector(request);
    return 0;
  } catch (error) {
    console.error(`export:detector: ${(error as Error).message}`);
    return 1;
  }
}

function parseRequest(args: readonly string[]): DetectorRequest | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean' },
      data: { type: 'string' },
      faces: { type: 'string', default: '800' },
      out: { type: 'string' },
      version: { type: 'string' },
      force: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  if (values.data === undefined)
    throw new Error('--data is missing: name a folder of aligned faces');
  return {
    data: resolve(values.data),
    faces: parseCount('--faces', values.faces),
    out: values.out === undefined ? join(checkoutFolder(), 'models') : resolve(values.out),
    version: values.version === undefined ? undefined : parseCount('--version', values.version),
    force: values.force,
  };
}

function parseCount(flag: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`${flag} needs a whole number from 1 on, got "${text}"`);
}

async function exportDetector({ data, faces, out, ...request }: DetectorRequest): Promise<void> {
  const version = request.version ?? (await nextVersion(out, 'face-detector'));
  const images = letterbox((await readComposites()).slice(0, GOLDEN_PICTURES));
  const { draft, files, loaded } = await convertDetector(version, images);
  const measured = await measureOffset(loaded, data, 0, faces);
  const pointOffset = measured.mean;
  console.log(`offset on ${measured.found} faces of split 0: ${JSON.stringify(pointOffset)}`);
  const corrected = { ...loaded, manifest: { ...loaded.manifest, pointOffset } };
  const checked = await measureOffset(corrected, data, 1, faces);
  const remaining = largestCoordinate(checked.mean);
  console.log(`left on ${checked.found} faces of split 1: ${JSON.stringify(checked.mean)}`);
  if (remaining > MAX_REMAINING) {
    throw new Error(
      `the mean offset left on split 1 is ${remaining} px, at most ${MAX_REMAINING} is allowed; nothing was published`,
    );
  }
  const manifest = { ...draft, pointOffset };
  const card = detectorCard(manifest, {
    measured: measured.found,
    checked: checked.found,
    missed: measured.missed + checked.missed,
    remaining,
    meanDistance: checked.meanDistance,
  });
  console.log(await publishModel(out, manifest, { ...files, 'README.md': card }, request.force));
}

/** Portraits scaled into the detector's square, centred. */
function letterbox(pictures: readonly Raster[]): Tensor {
  const size = DETECTOR_SIZE * DETECTOR_SIZE * 3;
  const data = new Uint8Array(pictures.length * size);
  pictures.forEach((picture, i) => {
    const a = DETECTOR_SIZE / Math.max(picture.width, picture.height);
    const tx = (DETECTOR_SIZE - a * picture.width) / 2;
    const ty = (DETECTOR_SIZE - a * picture.height) / 2;
    const square = warp(picture, { a, b: 0, tx, ty }, DETECTOR_SIZE, DETECTOR_SIZE);
    data.set(square.data, i * size);
  });
  return { type: 'uint8', dims: [pictures.length, DETECTOR_SIZE, DETECTOR_SIZE, 3], data };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
