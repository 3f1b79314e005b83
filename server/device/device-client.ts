import { setTimeout as delay } from 'node:timers/promises';
import type { TensorMap } from '../../models/contract/tensor.ts';
import type { SessionRunner } from '../models/session.ts';
import type { Lane } from '../photo/lanes.ts';
import { ProblemError } from '../problem.ts';
import { DeviceConnection, DeviceLostError } from './device-connection.ts';

/** Faces that end two device processes are given up: they would end them all. */
const MAX_ATTEMPTS = 2;
const RECONNECT_EVERY_MS = 50;

/** How a photo worker has its faces run by device processes. */
export class DeviceClient {
  /** Of the photo in work. */
  lane: Lane = 'interactive';
  readonly #sockets: readonly string[];
  readonly #waitMs: number;
  readonly #connections = new Map<string, DeviceConnection>();
  /** Workers begin with different cards, then take turns. */
  #turn = process.pid;

  /**
   * @param sockets one for each device process
   * @param waitMs how long to wait for a device process that is being replaced
   */
  constructor(sockets: readonly string[], waitMs = 15_000) {
    this.#sockets = sockets;
    this.#waitMs = waitMs;
  }

  /** Connects to every device process that is there, so that each knows how many may come. */
  async connect(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => this.#open(socket)));
  }

  /**
   * A model of the device processes, `name/version`. Faces that are lost with one are sent once
   * more, in a batch of their own: whoever shared the batch that failed need not fail again.
   */
  runner(model: string): SessionRunner {
    return {
      run: (feeds) => this.#run(model, feeds),
      // The device processes let models go by order of the service.
      release: () => Promise.resolve(),
    };
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
  }

  async #run(model: string, feeds: TensorMap): Promise<TensorMap> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const connection = await this.#choose();
      try {
        return await connection.run({ model, feeds, lane: this.lane, isRetry: attempt > 1 });
      } catch (error) {
        if (!(error instanceof DeviceLostError)) throw error;
      }
    }
    throw new ProblemError(
      'WORKER_FAILED',
      `working on this photo's faces ended ${MAX_ATTEMPTS} device processes: try another photo, ` +
        'or have the operator look at the GPU',
    );
  }

  /** A device process that is there; waits while none is. */
  async #choose(): Promise<DeviceConnection> {
    const endMs = performance.now() + this.#waitMs;
    while (performance.now() < endMs) {
      for (const _ of this.#sockets) {
        const socket = this.#sockets[this.#turn++ % this.#sockets.length];
        const connection = socket === undefined ? undefined : await this.#open(socket);
        if (connection !== undefined) return connection;
      }
      await delay(RECONNECT_EVERY_MS);
    }
    throw new ProblemError(
      'WORKER_FAILED',
      'the device process is being replaced: try again in a few seconds',
    );
  }

  async #open(socket: string): Promise<DeviceConnection | undefined> {
    const known = this.#connections.get(socket);
    if (known?.isOpen) return known;
    try {
      const connection = await DeviceConnection.open(socket);
      this.#connections.set(socket, connection);
      return connection;
    } catch {
      return undefined;
    }
  }
}
