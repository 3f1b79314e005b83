import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig, type ServerConfig } from './config.ts';
import { writeFileAtomically } from './files.ts';
import { loadModels } from './models/model-set.ts';
import { ProviderError } from './models/provider.ts';
import { ModelRegistry } from './models/registry.ts';
import { scanRepository } from './models/repository.ts';
import { type MakeoverParameters, parseParameters } from './parameters.ts';
import type { ImageFormat } from './photo/formats.ts';
import { makeOverPhoto } from './photo/makeover.ts';
import { ProblemError } from './problem.ts';
import { isUsageError } from './usage-error.ts';

const HELP = `deep-makeover run IN OUT --model NAME [options]

Makes the faces of one photo over, without a server.
  --model NAME            feminine, masculine or another model of the repository
  --strength 0..1         how far to go; 1 by default
  --faces all|largest|IDS which faces; ids such as 1,3, the largest is 1; all by default
  --output photo|face     the whole photo, or the largest face at the model's own size
  --format FORMAT         jpeg, png, webp or avif; by default what OUT's name says; IN's
                          where OUT has no extension
  --quality 1..100        of a JPEG, WebP or AVIF; by default as fine as IN

DM_MODEL_REPO, DM_EP, DM_MAX_PIXELS and DM_MAX_FACES hold as for the service.
`;

const FORMATS_BY_EXTENSION: Readonly<Record<string, ImageFormat>> = {
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.png': 'png',
  '.webp': 'webp',
  '.avif': 'avif',
};

/**
 * The verb `run`.
 *
 * @returns exit code: 0 done, 1 the photo cannot be made over, 2 wrong use or settings
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        model: { type: 'string' },
        strength: { type: 'string' },
        faces: { type: 'string' },
        output: { type: 'string' },
        format: { type: 'string' },
        quality: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    const { help, ...parameters } = values;
    const [input, output, ...rest] = positionals;
    if (help) {
      process.stdout.write(HELP);
      return 0;
    }
    if (input === undefined || output === undefined || rest.length > 0) {
      throw new ConfigError(`expected IN and OUT, got ${positionals.length} names\n${HELP}`);
    }
    await run(input, output, parseParameters(parameters), loadConfig(process.env));
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return exitCodeOf(error);
  }
}

async function run(
  input: string,
  output: string,
  parameters: MakeoverParameters,
  config: ServerConfig,
): Promise<void> {
  const registry = new ModelRegistry(await scanRepository(config.modelRepo));
  registry.requireKnown(parameters.model);
  const format = parameters.format ?? formatByName(output);
  const file = await readFile(input);
  const { models, report } = await loadModels({
    provider: config.provider,
    folders: registry.folders,
  });
  registry.record(report);
  const modelVersion = registry.requireServed(parameters.model);
  const result = await makeOverPhoto(
    {
      ...parameters,
      kind: 'makeover',
      file,
      model: modelVersion,
      format,
      quality: parameters.quality,
      maxPixels: config.maxPixels,
      maxFaces: config.maxFaces,
    },
    models,
  );
  await writeFileAtomically(output, result.file);
  const faces = result.faces.length === 1 ? '1 face' : `${result.faces.length} faces`;
  process.stdout.write(`${output}: ${faces} by ${modelVersion}\n`);
}

/** Undefined for a name without an extension: the photo's own format. */
function formatByName(output: string): ImageFormat | undefined {
  const extension = extname(output).toLowerCase();
  const format = FORMATS_BY_EXTENSION[extension];
  if (extension === '' || format !== undefined) return format;
  throw new ConfigError(
    `${output}: no picture is written as "${extension}": name OUT .jpg, .png, .webp or .avif, or ` +
      'choose its format with --format',
  );
}

function exitCodeOf(error: Error): number {
  const isUse =
    error instanceof ConfigError ||
    error instanceof ProviderError ||
    isUsageError(error) ||
    (error instanceof ProblemError && ['BAD_PARAMETER', 'MODEL_NOT_FOUND'].includes(error.code));
  return isUse ? 2 : 1;
}
