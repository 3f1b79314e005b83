import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { encodeFrame, FrameReader } from './frames.ts';
import type { DeviceHost } from './host.ts';
import type { RunReply, RunRequest, Welcome } from './messages.ts';

/**
 * Takes requests of photo workers at a socket of the machine, which no other process goes between.
 *
 * @param path in a folder that only our user may enter
 */
export async function listenForWorkers(host: DeviceHost, path: string): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    host.clients = sockets.size;
    socket.once('close', () => {
      sockets.delete(socket);
      host.clients = sockets.size;
    });
    serveWorker(host, socket);
  });
  // Left behind by the process that this one replaces.
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

function serveWorker(host: DeviceHost, socket: Socket): void {
  const reader = new FrameReader();
  socket.on('data', (chunk) => {
    try {
      for (const message of reader.read(chunk)) void serve(host, socket, message as RunRequest);
    } catch {
      socket.destroy();
    }
  });
  // The close that follows says all.
  socket.on('error', () => {});
  send(socket, { isWelcome: true });
}

async function serve(host: DeviceHost, socket: Socket, request: RunRequest): Promise<void> {
  const { id, model, lane, isRetry, feeds } = request;
  const isWanted = () => !socket.destroyed;
  let reply: RunReply;
  try {
    reply = { id, outputs: await host.run(model, { feeds, lane, isAlone: isRetry, isWanted }) };
  } catch (error) {
    reply = { id, error: error instanceof Error ? error.message : String(error) };
  }
  send(socket, reply);
}

function send(socket: Socket, message: RunReply | Welcome): void {
  if (socket.destroyed) return;
  socket.cork();
  for (const part of encodeFrame(message)) socket.write(part);
  socket.uncork();
}
