import sharp from 'sharp';
import type { ServerConfig } from '../config.ts';
import { findCudaLibraries } from '../cuda/libraries.ts';
import { loadModels } from '../models/model-set.ts';
import { ModelRegistry } from '../models/registry.ts';
import { scanRepository } from '../models/repository.ts';
import { IMAGE_FORMATS } from '../photo/formats.ts';
import { findInputFormats } from '../photo/input-formats.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

/** Loads every model that would serve, with its hashes and golden pairs, where it would run. */
export async function checkModels(config: ServerConfig): Promise<Finding[]> {
  const registry = new ModelRegistry(await scanRepository(config.modelRepo));
  const { folders } = registry;
  // What the policy forbids is a finding here, not a reason to end.
  const provider = { ...config.provider, isStrict: false };
  const { report } = await loadModels({ provider, folders });
  registry.record(report);
  const cuda = await checkCuda(config, report.provider, report.providerReason);
  const broken = registry.failed.map(({ name, version, reason }) => {
    const fix = `export and publish ${name}/${version} again, or remove its folder`;
    return failed(`model ${name}/${version}`, reason, fix);
  });
  const sound = report.models.flatMap(({ folder, reason, note }) => {
    if (reason !== undefined) return [];
    const check = `model ${folder.split(/[\\/]/).slice(-2).join('/')}`;
    const found = `hashes and golden pairs are right on ${report.provider}`;
    if (note === undefined) return ok(check, found);
    return warning(check, `${found}; ${note}`, 'export it again to have the file meant for here');
  });
  const served = registry.served.join(', ');
  const serving = served
    ? ok('models', `${served} would serve`)
    : failed('models', 'no generator would serve', 'publish a generator and a face detector');
  return [cuda, ...sound, ...broken, serving];
}

async function checkCuda(
  { provider: { wanted, isStrict } }: ServerConfig,
  runs: string,
  reason: string | undefined,
): Promise<Finding> {
  const check = 'provider';
  if (runs === 'cuda') return ok(check, 'models run on cuda');
  if (wanted === 'cpu') return ok(check, 'models run on cpu, as DM_EP=cpu says');
  const { fix } = await findCudaLibraries();
  const why = reason ?? fix ?? 'no card answers';
  if (wanted === 'auto') return ok(check, `models run on cpu; for CUDA: ${why}`);
  const found = `DM_EP=cuda cannot run: ${why}`;
  const remedy = fix ?? 'check the card and its driver with nvidia-smi, or set DM_EP=cpu';
  return isStrict ? failed(check, found, remedy) : warning(check, `${found}; the CPU runs`, remedy);
}

/** Whether the decoder and encoder have every format that the service offers. */
export async function checkFormats(): Promise<Finding> {
  const missing = IMAGE_FORMATS.filter((format) => {
    const { input, output } = sharp.format[format === 'avif' ? 'heif' : format];
    return !input.buffer || !output.buffer;
  });
  if (missing.length > 0) {
    const found = `libvips ${sharp.versions.vips} lacks ${missing.join(', ')}`;
    return failed('formats', found, 'run "npm ci" to get the libvips that comes with sharp');
  }
  const formats = await findInputFormats();
  return ok('formats', `${formats.join(', ')} by libvips ${sharp.versions.vips}`);
}
