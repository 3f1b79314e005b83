import { connect, type Socket } from 'node:net';
import type { TensorMap } from '../../models/contract/tensor.ts';
import { encodeFrame, FrameReader } from './frames.ts';
import type { RunReply, RunRequest, Welcome } from './messages.ts';

/** The device process has ended before it answered. */
export class DeviceLostError extends Error {
  override readonly name = 'DeviceLostError';
}

interface Pending {
  readonly resolve: (outputs: TensorMap) => void;
  readonly reject: (error: Error) => void;
}

/** A photo worker's connection to a device process. */
export class DeviceConnection {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  private constructor(socket: Socket, onWelcome: (connection: DeviceConnection) => void) {
    this.#socket = socket;
    const reader = new FrameReader();
    socket.on('data', (chunk) => {
      for (const message of reader.read(chunk)) {
        const reply = message as RunReply | Welcome;
        if ('isWelcome' in reply) onWelcome(this);
        else this.#settle(reply);
      }
    });
    // The close that follows says all.
    socket.on('error', () => {});
    socket.once('close', () => {
      const lost = new DeviceLostError('the device process has ended');
      for (const { reject } of this.#pending.values()) reject(lost);
      this.#pending.clear();
    });
    // Whether a photo worker goes on is not the device's business.
    socket.unref();
  }

  /** Rejects with DeviceLostError when no device process answers there. */
  static open(path: string): Promise<DeviceConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once('close', () => reject(new DeviceLostError(`no device process at ${path}`)));
      void new DeviceConnection(socket, resolve);
    });
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** Rejects with DeviceLostError, or an Error that says what is wrong with the request. */
  run(request: Omit<RunRequest, 'id'>): Promise<TensorMap> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) {
        reject(new DeviceLostError('the device process had ended'));
        return;
      }
      const id = ++this.#lastId;
      this.#pending.set(id, { resolve, reject });
      this.#socket.cork();
      for (const part of encodeFrame({ ...request, id })) this.#socket.write(part);
      this.#socket.uncork();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #settle(reply: RunReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('error' in reply) pending?.reject(new Error(reply.error));
    else pending?.resolve(reply.outputs);
  }
}
