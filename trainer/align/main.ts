import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type AlignOptions, alignPhotos } from './align.ts';
import { loadDetector } from './detector.ts';
import { readPhotoTree } from './photo-tree.ts';

const HELP = `Usage: npm run align -- PHOTOS OUT [options]

Makes a data set for training from ordinary photos: finds the faces and writes them to OUT in CelebA's
layout, as 178x218 px frames with eyes and mouth where the models expect them. Each sub-folder of PHOTOS
becomes an attribute: faces in PHOTOS/smiling are smiling. What is left out stands in OUT/skipped.csv.

  --faces all|largest     of each photo (default: all)
  --min-eye-distance N    leave faces out whose eyes are closer in the photo, px (default: 20)
  --detector DIR          face detector (default: models/face-detector/1)
`;

interface AlignRequest extends Pick<AlignOptions, 'faces' | 'minEyeDistance'> {
  readonly photos: string;
  readonly out: string;
  readonly detector: string;
}

/** Aligns a folder of photos. Returns the process's exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let request: AlignRequest | undefined;
  try {
    request = parseRequest(args);
  } catch (error) {
    console.error(`align: ${(error as Error).message}\nTry: npm run align -- --help`);
    return 2;
  }
  if (request === undefined) {
    console.log(HELP);
    return 0;
  }
  const abort = new AbortController();
  const stop = (): void => abort.abort(new Error('stopped: nothing was written'));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    await align(request, abort.signal);
    return 0;
  } catch (error) {
    console.error(`align: ${(error as Error).message}`);
    return 1;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function parseRequest(args: readonly string[]): AlignRequest | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      faces: { type: 'string', default: 'all' },
      'min-eye-distance': { type: 'string', default: '20' },
      detector: { type: 'string', default: 'models/face-detector/1' },
    },
  });
  if (values.help) return undefined;
  const [photos, out, ...others] = positionals;
  if (photos === undefined || out === undefined || others.length > 0) {
    throw new Error(`expected PHOTOS and OUT, got ${positionals.length} names`);
  }
  const { faces } = values;
  if (faces !== 'all' && faces !== 'largest') {
    throw new Error(`--faces is all or largest, got "${faces}"`);
  }
  const minEyeDistance = Number(values['min-eye-distance']);
  if (!(minEyeDistance >= 0)) {
    throw new Error(`--min-eye-distance needs a number of px, got "${values['min-eye-distance']}"`);
  }
  if (existsSync(out)) throw new Error(`${out} exists already: choose another OUT, or remove it`);
  return { photos, out: resolve(out), detector: values.detector, faces, minEyeDistance };
}

async function align(request: AlignRequest, signal: AbortSignal): Promise<void> {
  const { photos, out, faces, minEyeDistance } = request;
  const tree = await readPhotoTree(photos);
  const detector = await loadDetector(request.detector);
  const options = { faces, minEyeDistance, signal, report: console.error };
  const result = await alignPhotos(photos, tree, out, detector, options);
  console.log(
    `${out}: ${result.faces} faces of ${tree.photos.length} files with the attributes ` +
      `${tree.attributes.join(', ')}; left out: ${result.skipped}`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2));
}
