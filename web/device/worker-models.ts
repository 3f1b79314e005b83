import { checkGolden } from '../../models/contract/golden.ts';
import type {
  DetectorManifest,
  GeneratorManifest,
  Manifest,
} from '../../models/contract/manifest.ts';
import type { LoadedModel } from '../../models/contract/pipeline.ts';
import { fileFor, goldenOf } from '../../models/contract/variants.ts';
import type { ModelAddress } from '../models/address.ts';
import type { ModelSource } from '../models/model-source.ts';
import type { Backend } from './protocol.ts';
import type { Runtime } from './runtime.ts';

/** The models that the worker has loaded, each once. */
export class WorkerModels {
  readonly #source: ModelSource;
  readonly #runtime: Runtime;
  readonly #backend: Backend;
  readonly #loaded = new Map<string, Promise<LoadedModel<Manifest>>>();

  constructor(source: ModelSource, runtime: Runtime, backend: Backend) {
    this.#source = source;
    this.#runtime = runtime;
    this.#backend = backend;
  }

  /** @throws Error when it cannot be loaded or is no generator */
  async generator(address: ModelAddress): Promise<LoadedModel<GeneratorManifest>> {
    const { manifest, runner } = await this.#get(address);
    if (manifest.kind === 'generator') return { manifest, runner };
    throw new Error(`the model ${address.name} is a ${manifest.kind}, expected a generator`);
  }

  /** @throws Error when it cannot be loaded or is no face detector */
  async detector(address: ModelAddress): Promise<LoadedModel<DetectorManifest>> {
    const { manifest, runner } = await this.#get(address);
    if (manifest.kind === 'face-detector') return { manifest, runner };
    throw new Error(`the model ${address.name} is a ${manifest.kind}, expected a face detector`);
  }

  #get(address: ModelAddress): Promise<LoadedModel<Manifest>> {
    const key = `${address.name}/${address.version}`;
    const known = this.#loaded.get(key);
    if (known) return known;
    const loading = this.#load(address);
    this.#loaded.set(key, loading);
    // What failed may succeed the next time.
    loading.catch(() => this.#loaded.delete(key));
    return loading;
  }

  async #load(address: ModelAddress): Promise<LoadedModel<Manifest>> {
    const { provider } = this.#backend;
    const manifest = await this.#source.manifest(address);
    const path = fileFor(manifest, provider);
    const runner = await this.#runtime.createRunner(await this.#source.file(manifest, path));
    // WebAssembly computes the same everywhere, and was checked when the model was exported. What a
    // graphics driver computes is only known here.
    if (provider === 'webgpu') {
      const checked = { ...manifest, golden: goldenOf(manifest, path) };
      await checkGolden(runner, checked, (name) => this.#source.file(manifest, name), provider);
    }
    return { manifest, runner };
  }
}
