import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../logger.ts';
import type { LoadReport, LoadRequest, ModelReport } from '../photo/job.ts';
import { mergeReports } from '../photo/load-report.ts';
import { DeviceProcess } from './device-process.ts';
import type { BatchSettings, DeviceState } from './messages.ts';
import type { DeviceMetrics } from './metrics.ts';

export interface DevicePoolOptions {
  /** CUDA cards, one process each. */
  readonly deviceIds: readonly number[];
  readonly batches: BatchSettings;
  readonly loadTimeoutMs: number;
  readonly hangTimeoutMs: number;
  readonly logger: Logger;
  readonly metrics: DeviceMetrics;
}

const RESTART_DELAY_MS = { first: 50, max: 5000 } as const;

/** Device processes: one that ends is replaced by another with the same models. */
export class DevicePool {
  readonly #options: DevicePoolOptions;
  /** Those that take crops, by card. */
  readonly #ready = new Map<number, DeviceProcess>();
  readonly #processes = new Set<DeviceProcess>();
  #folder: string | undefined;
  #load: LoadRequest | undefined;
  #isStopping = false;
  #isDismissed = false;

  constructor(options: DevicePoolOptions) {
    this.#options = options;
  }

  /** Process ids of the running device processes. */
  get pids(): number[] {
    return [...this.#processes].flatMap(({ pid }) => pid ?? []);
  }

  /** Whether a device process is there that takes crops, or none is needed. */
  get isReady(): boolean {
    return this.#isDismissed || this.#ready.size > 0;
  }

  /** Where photo workers find the device processes; known once they have started. */
  get sockets(): string[] {
    return this.#options.deviceIds.map((deviceId) => this.#socketOf(deviceId));
  }

  /**
   * Starts a process for every card with the generators of the folders.
   *
   * @returns the provider, and of each model whether every card could load it
   * @throws Error when a process cannot start, or the provider policy cannot be met
   */
  async start(load: LoadRequest): Promise<LoadReport> {
    // Only our user may enter: what is sent to a socket is somebody's face.
    this.#folder = await mkdtemp(join(tmpdir(), 'deep-makeover-'));
    const started = this.#options.deviceIds.map(async (deviceId) => {
      const device = this.#spawn();
      return { deviceId, device, report: await this.#start(device, deviceId, load) };
    });
    const devices = await Promise.all(started);
    const report = mergeReports(devices.map((device) => device.report));
    this.#load = {
      ...load,
      provider: { wanted: report.provider, isStrict: true },
      folders: report.models.filter(({ reason }) => !reason).map(({ folder }) => folder),
    };
    for (const { deviceId, device } of devices) this.#welcome(deviceId, device);
    return report;
  }

  /**
   * Holds the generators of folders from now on, on every card, and no others. What is new is
   * checked and warmed up while the rest goes on.
   *
   * @returns of each folder whether every card could load it
   * @throws Error when a card's process ends meanwhile
   */
  async hold(folders: readonly string[]): Promise<ModelReport[]> {
    const { loadTimeoutMs } = this.#options;
    const devices = [...this.#ready.values()];
    const reports = await Promise.all(devices.map((device) => device.hold(folders, loadTimeoutMs)));
    const failed = new Map(
      reports.flat().flatMap((report) => (report.reason ? [[report.folder, report]] : [])),
    );
    const sound = folders.filter((folder) => !failed.has(folder));
    if (this.#load) this.#load = { ...this.#load, folders: sound };
    return folders.map((folder) => failed.get(folder) ?? { folder });
  }

  /** Ends all processes, since photo workers run the generators themselves. */
  async dismiss(): Promise<void> {
    this.#isDismissed = true;
    await this.stop();
  }

  /** Ends all processes. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const processes = [...this.#processes];
    for (const device of processes) device.kill('stopped');
    await Promise.all(processes.map(({ exited }) => exited));
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  #socketOf(deviceId: number): string {
    return join(this.#folder ?? '', `device-${deviceId}.sock`);
  }

  #spawn(): DeviceProcess {
    const device = new DeviceProcess();
    this.#processes.add(device);
    void device.exited.then(() => this.#processes.delete(device));
    return device;
  }

  #start(device: DeviceProcess, deviceId: number, load: LoadRequest): Promise<LoadReport> {
    const { batches, loadTimeoutMs } = this.#options;
    const socket = this.#socketOf(deviceId);
    return device.start({ load: { ...load, deviceId }, batches, socket }, loadTimeoutMs);
  }

  #welcome(deviceId: number, device: DeviceProcess): void {
    const { hangTimeoutMs } = this.#options;
    this.#ready.set(deviceId, device);
    device.watch({ hangTimeoutMs, onState: (state) => this.#count(state) });
    void device.exited.then((reason) => this.#replace(deviceId, device, reason));
  }

  async #replace(deviceId: number, ended: DeviceProcess, reason: string): Promise<void> {
    if (this.#ready.get(deviceId) === ended) this.#ready.delete(deviceId);
    if (this.#isStopping) return;
    const { logger, metrics } = this.#options;
    logger.error({ deviceId, reason }, 'a device process ended: replaced');
    metrics.deviceRestarts.inc({ reason: 'ended' });
    for (let failures = 0; !this.#isStopping; failures++) {
      try {
        await this.#restart(deviceId);
        return;
      } catch (error) {
        const { first, max } = RESTART_DELAY_MS;
        const delayMs = Math.min(first * 2 ** failures, max);
        logger.error({ deviceId, error: String(error), delayMs }, 'a device process cannot start');
        await delay(delayMs, undefined, { ref: false });
      }
    }
  }

  async #restart(deviceId: number): Promise<void> {
    const load = this.#load;
    if (load === undefined) return;
    const device = this.#spawn();
    try {
      const { models } = await this.#start(device, deviceId, load);
      const failed = models.find(({ reason }) => reason !== undefined);
      if (failed) throw new Error(`${failed.folder}: ${failed.reason}`);
      // Others may have been asked for since.
      const { folders } = this.#load ?? load;
      if (folders !== load.folders) await device.hold(folders, this.#options.loadTimeoutMs);
    } catch (error) {
      device.kill('load failed');
      throw error;
    }
    if (this.#isStopping) device.kill('stopped');
    else this.#welcome(deviceId, device);
  }

  #count({ batches }: DeviceState): void {
    const { batchPadding, batchReleases, batchSize } = this.#options.metrics;
    for (const { reason, faces, bucket } of batches) {
      batchSize.observe(faces);
      batchPadding.observe(1 - faces / bucket);
      batchReleases.inc({ reason });
    }
  }
}
