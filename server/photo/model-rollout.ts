import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DevicePool } from '../device/device-pool.ts';
import type { LoadRequest, ModelReport } from './job.ts';
import type { WorkerSupervisor } from './supervisor.ts';
import { WorkerExitError, type WorkerProcess } from './worker-process.ts';

/** Which model folders the workers hold. */
export interface HeldFolders {
  readonly running: readonly string[];
  /** Those of them that a worker can still load which starts later. */
  readonly starting: readonly string[];
}

/** A model that ends two workers is refused: one of them may have been killed for another reason. */
const MAX_EXITS = 2;

/**
 * Changes the models of running workers, one worker after the other and each between two photos, so
 * that the others go on serving meanwhile.
 */
export class ModelRollout {
  readonly #supervisor: WorkerSupervisor;
  readonly #devices: Pick<DevicePool, 'hold'> | undefined;
  readonly #loadTimeoutMs: number;
  /** What each worker was told last. */
  readonly #told = new WeakMap<WorkerProcess, LoadRequest>();

  /** @param devices where generators run; in the workers when absent */
  constructor(
    supervisor: WorkerSupervisor,
    devices: Pick<DevicePool, 'hold'> | undefined,
    loadTimeoutMs: number,
  ) {
    this.#supervisor = supervisor;
    this.#devices = devices;
    this.#loadTimeoutMs = loadTimeoutMs;
  }

  /**
   * Has every worker hold these folders and no others, from now on and when it starts anew.
   *
   * @param added the folder that is new, or has changed: when it fails in one worker, all go back
   *   to what they held
   * @returns what became of `added`
   * @throws Error with the reason why `added` cannot serve
   */
  async apply(held: HeldFolders, added?: string): Promise<ModelReport | undefined> {
    const before = this.#supervisor.load;
    if (before === undefined) throw new Error('the photo workers have not started');
    const request = { ...before, folders: held.running };
    let report: ModelReport | undefined;
    try {
      // Workers hand their crops to models that are there already.
      if (added !== undefined) await this.#addToDevices(held.running, added);
      report = await this.#spread(request, added);
    } catch (error) {
      const folders = held.running.filter((folder) => folder !== added);
      await this.#spread({ ...before, folders });
      await this.#devices?.hold(folders);
      throw error;
    }
    this.#supervisor.load = { ...before, folders: held.starting };
    // A worker may just have become ready with what it was to load until now.
    await nextTurn();
    report = (await this.#spread(request, added)) ?? report;
    if (added === undefined) await this.#devices?.hold(held.running);
    return report;
  }

  async #addToDevices(folders: readonly string[], added: string): Promise<void> {
    const reports = await this.#devices?.hold(folders);
    const reason = reports?.find(({ folder }) => folder === added)?.reason;
    if (reason !== undefined) throw new Error(reason);
  }

  /** Tells all workers that have not been told, until there is none. */
  async #spread(request: LoadRequest, added?: string): Promise<ModelReport | undefined> {
    let report: ModelReport | undefined;
    let exits = 0;
    for (;;) {
      const worker = this.#supervisor.workers.find(
        (candidate) =>
          this.#supervisor.isReady(candidate) &&
          !candidate.hasEnded &&
          this.#told.get(candidate) !== request,
      );
      if (worker === undefined) return report;
      try {
        report = (await this.#tell(worker, request, added)) ?? report;
      } catch (error) {
        if (!(error instanceof WorkerExitError) || ++exits >= MAX_EXITS) throw error;
      }
    }
  }

  async #tell(
    worker: WorkerProcess,
    request: LoadRequest,
    added: string | undefined,
  ): Promise<ModelReport | undefined> {
    const report = await this.#supervisor.visit(worker, () => {
      this.#told.set(worker, request);
      return worker.load(request, this.#loadTimeoutMs);
    });
    const found = report?.models.find(({ folder }) => folder === added);
    if (found?.reason !== undefined) throw new Error(found.reason);
    return found;
  }
}
