import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseManifest, type TensorSpec } from '../../models/contract/manifest.ts';
import type { TensorMap } from '../../models/contract/tensor.ts';
import type { LoadReport, LoadRequest, ModelReport } from '../photo/job.ts';
import { Batcher, type BatchRequest } from './batcher.ts';
import type { BatchSettings, BatchStats, DeviceState, ThreadModel } from './messages.ts';
import { SessionThread } from './session-thread.ts';

interface HostedModel {
  readonly folder: string;
  /** Hash of its manifest, which holds those of all other files. */
  readonly sha256: string | undefined;
  readonly thread: SessionThread;
  readonly batcher: Batcher;
  readonly inputs: readonly TensorSpec[];
}

export interface HostOptions {
  readonly batches: BatchSettings;
  /** A session failed on sound feeds. */
  readonly onFault: (reason: string) => void;
}

/** The models of a device process, and the batches of what photo workers want them to run. */
export class DeviceHost {
  readonly #options: HostOptions;
  readonly #models = new Map<string, HostedModel>();
  #load: LoadRequest | undefined;
  #clients = 0;
  #requests = 0;
  #batches: BatchStats[] = [];

  constructor(options: HostOptions) {
    this.#options = options;
  }

  /** Photo workers that are connected; each has one photo at a time. */
  set clients(clients: number) {
    this.#clients = clients;
    this.#releaseAll();
  }

  /**
   * Loads, checks and warms up the generators of folders, each in a thread of its own. The first
   * decides about the provider. Folders of other models are none of ours.
   *
   * @throws Error when the provider policy cannot be met
   */
  async start(load: LoadRequest): Promise<LoadReport> {
    this.#load = load;
    const [first, ...others] = await findGenerators(load.folders);
    if (first === undefined) return { provider: 'cpu', models: [] };
    const { models, ...choice } = await this.#open(first);
    // The others follow it.
    this.#load = { ...load, provider: { wanted: choice.provider, isStrict: true } };
    const reports = await Promise.all(others.map((generator) => this.#ensure(generator)));
    return { ...choice, models: [...models, ...reports] };
  }

  /**
   * Holds the generators of folders from now on, and no others. Those that are new are loaded while
   * the rest goes on; what goes finishes the batch in work.
   */
  async hold(folders: readonly string[]): Promise<ModelReport[]> {
    const generators = await findGenerators(folders);
    const reports = await Promise.all(generators.map((generator) => this.#ensure(generator)));
    const gone = [...this.#models].filter(([, { folder }]) => !folders.includes(folder));
    await Promise.all(gone.map(([key, model]) => this.#release(key, model)));
    return reports;
  }

  /**
   * Runs a model in a batch with the faces of other photos.
   *
   * @throws Error when there is no such model or the feeds do not fit it
   */
  async run(key: string, request: BatchRequest): Promise<TensorMap> {
    const model = this.#models.get(key);
    if (model === undefined) throw new Error(`the device process has no model ${key}`);
    requireFeeds(request.feeds, model.inputs);
    this.#requests++;
    try {
      const answer = model.batcher.run(request);
      // Other models' batches may have waited for this photo worker.
      this.#releaseAll();
      return await answer;
    } finally {
      this.#requests--;
    }
  }

  /** State now; batches are told once. */
  takeState(): DeviceState {
    const runningMs = [...this.#models.values()].map(({ batcher }) => batcher.runningMs);
    return { longestRunMs: Math.max(0, ...runningMs), batches: this.#batches.splice(0) };
  }

  /** A folder whose content has changed is loaded anew; what it held serves until then. */
  async #ensure(generator: Generator): Promise<ModelReport> {
    const { folder, sha256 } = generator;
    const held = [...this.#models].find(([, model]) => model.folder === folder);
    if (held !== undefined && held[1].sha256 === sha256) return { folder };
    const { models } = await this.#open(generator);
    if (held !== undefined && models[0]?.reason === undefined) await this.#release(...held);
    return models[0] ?? { folder, reason: 'its thread did not report on it' };
  }

  async #release(key: string, model: HostedModel): Promise<void> {
    const { batcher, thread } = model;
    if (this.#models.get(key) === model) this.#models.delete(key);
    await batcher.close();
    await thread.release();
  }

  async #open(generator: Generator): Promise<LoadReport> {
    if (this.#load === undefined) throw new Error('the device process has not been started');
    const { batches, onFault } = this.#options;
    const load = { ...this.#load, folders: [generator.folder], hasFixedShapes: true };
    const thread = new SessionThread({ load, buckets: batches.buckets });
    const { report, model } = await thread.loaded();
    if (model === undefined) await thread.release();
    else this.#host(generator, thread, model, onFault);
    return report;
  }

  #host(
    generator: Generator,
    thread: SessionThread,
    { key, inputs }: ThreadModel,
    onFault: HostOptions['onFault'],
  ): void {
    const batcher = new Batcher({
      ...this.#options.batches,
      run: async (feeds) => {
        try {
          return await thread.run(feeds);
        } catch (error) {
          onFault(`${key} failed: ${error instanceof Error ? error.message : String(error)}`);
          throw error;
        }
      },
      canGrow: () => this.#requests < this.#clients,
      onBatch: (stats) => this.#batches.push(stats),
    });
    this.#models.set(key, { ...generator, thread, batcher, inputs });
  }

  #releaseAll(): void {
    for (const { batcher } of this.#models.values()) batcher.release();
  }
}

/** A folder of a generator, as it is now. */
type Generator = Pick<HostedModel, 'folder' | 'sha256'>;

/** Detectors look at one square after another: in batches with others they would only wait. */
async function findGenerators(folders: readonly string[]): Promise<Generator[]> {
  const found = await Promise.all(folders.map(readGenerator));
  return found.filter((generator) => generator !== undefined);
}

async function readGenerator(folder: string): Promise<Generator | undefined> {
  try {
    const text = await readFile(join(folder, 'manifest.json'));
    if (parseManifest(JSON.parse(text.toString('utf8'))).kind === 'face-detector') return undefined;
    return { folder, sha256: createHash('sha256').update(text).digest('hex') };
  } catch {
    // Loading says why it cannot be read.
    return { folder, sha256: undefined };
  }
}

/** What does not fit must not reach a session: its failure would count as the device's. */
function requireFeeds(feeds: TensorMap, inputs: readonly TensorSpec[]): void {
  const names = Object.keys(feeds);
  if (names.length !== inputs.length) {
    throw new Error(`the model takes ${inputs.length} feeds, got ${names.join(', ') || 'none'}`);
  }
  for (const { name, type, dims } of inputs) {
    const feed = feeds[name];
    const count = feed?.dims.reduce((product, dim) => product * dim, 1);
    const fits =
      feed?.type === type &&
      feed.dims.length === dims.length &&
      feed.dims.every((dim, i) => dim > 0 && (typeof dims[i] === 'string' || dims[i] === dim)) &&
      feed.data.length === count;
    if (fits) continue;
    const found = feed === undefined ? 'missing' : `${feed.type} [${feed.dims.join()}]`;
    throw new Error(`the feed ${name} is ${found}, expected ${type} [${dims.join()}]`);
  }
}
