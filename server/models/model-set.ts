import type { DetectorManifest, GeneratorManifest } from '../../models/contract/manifest.ts';
import type { LoadedModel } from '../../models/contract/pipeline.ts';
import type { DeviceClient } from '../device/device-client.ts';
import type { LoadReport, LoadRequest, ModelReport } from '../photo/job.ts';
import {
  blackPicture,
  type CheckedModel,
  createChecked,
  plainFile,
  readContent,
  readManifest,
} from './load.ts';
import { chooseProvider, type ProviderChoice, probeWith } from './provider.ts';
import { versionId } from './repository.ts';
import { type SessionOptions, tryCuda } from './session.ts';

/** The models of one process, ready to run. */
export interface LoadedModels {
  readonly detector: LoadedModel<DetectorManifest> | undefined;
  /** By `name/version`. */
  readonly generators: ReadonlyMap<string, LoadedModel<GeneratorManifest>>;
}

interface HeldModel extends CheckedModel {
  /** Hash of its manifest. */
  readonly sha256: string;
}

/** The models that one process holds in memory. */
export class ModelSet {
  readonly #held = new Map<string, HeldModel>();
  #choice: ProviderChoice | undefined;
  #models: LoadedModels = { detector: undefined, generators: new Map() };

  get models(): LoadedModels {
    return this.#models;
  }

  /**
   * Holds the models of the given folders from now on, and no others. What is held already stays;
   * what is new is checked on the provider that it will run on. One that fails is left out and its
   * reason reported, or stays as it was where its folder has changed. Of several detectors the
   * first finds the faces. No model may be running meanwhile.
   *
   * @param devices where generators run; in this process when absent
   * @throws Error when the provider policy cannot be met
   */
  async load(request: LoadRequest, devices?: DeviceClient): Promise<LoadReport> {
    const { folders } = request;
    this.#choice ??= await chooseProviderFor(request);
    const { provider, reason: providerReason } = this.#choice;
    const reports: ModelReport[] = [];
    const options = { ...request, provider };
    for (const folder of folders) reports.push(await this.#hold(folder, options, devices));
    for (const folder of this.#held.keys()) {
      if (!folders.includes(folder)) await this.#release(folder);
    }
    this.#models = viewOf(folders.flatMap((folder) => this.#held.get(folder) ?? []));
    return { provider, ...(providerReason && { providerReason }), models: reports };
  }

  async #hold(
    folder: string,
    options: SessionOptions,
    devices: DeviceClient | undefined,
  ): Promise<ModelReport> {
    try {
      const held = this.#held.get(folder);
      const { manifest, sha256 } = await readManifest(folder);
      if (held?.sha256 !== sha256) {
        // A device process has checked its generators itself.
        const checked =
          manifest.kind === 'generator' && devices !== undefined
            ? { manifest, runner: devices.runner(versionId(manifest)) }
            : await createChecked(await readContent(folder), options);
        await this.#release(folder);
        this.#held.set(folder, { ...checked, sha256 });
      }
      const note = this.#held.get(folder)?.note;
      return note === undefined ? { folder } : { folder, note };
    } catch (error) {
      return { folder, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async #release(folder: string): Promise<void> {
    const held = this.#held.get(folder);
    this.#held.delete(folder);
    await held?.runner.release();
  }
}

/** Loads models into this process; see `ModelSet.load`. */
export async function loadModels(
  request: LoadRequest,
): Promise<{ readonly models: LoadedModels; readonly report: LoadReport }> {
  const set = new ModelSet();
  const report = await set.load(request);
  return { models: set.models, report };
}

/** Probes CUDA with the first model that can be read. */
async function chooseProviderFor({
  folders,
  provider,
  deviceId = 0,
}: LoadRequest): Promise<ProviderChoice> {
  for (const folder of folders) {
    const content = await readContent(folder).catch(() => undefined);
    const model = content?.files.get(plainFile(content.manifest));
    if (content === undefined || model === undefined) continue;
    const run = () => tryCuda(model, blackPicture(content.manifest), deviceId);
    return chooseProvider(provider, probeWith(run));
  }
  return { provider: 'cpu' };
}

function viewOf(held: readonly HeldModel[]): LoadedModels {
  let detector: LoadedModel<DetectorManifest> | undefined;
  const generators = new Map<string, LoadedModel<GeneratorManifest>>();
  for (const { manifest, runner } of held) {
    if (manifest.kind === 'generator') generators.set(versionId(manifest), { manifest, runner });
    else detector ??= { manifest, runner };
  }
  return { detector, generators };
}
