import { DeviceHost } from './host.ts';
import type { DeviceReply, DeviceRequest } from './messages.ts';
import { listenForWorkers } from './socket-server.ts';

/**
 * A device process: the generators of one card. Photo workers send it crops; it forms batches of
 * them across all photos.
 */
let host: DeviceHost | undefined;

async function answer(request: DeviceRequest): Promise<DeviceReply> {
  const { id } = request;
  try {
    if (request.type === 'start') {
      const { load, batches, socket } = request.start;
      const started = new DeviceHost({ batches, onFault });
      const report = await started.start(load);
      host = started;
      await listenForWorkers(host, socket);
      return { type: 'started', id, report };
    }
    if (request.type === 'ping') {
      const state = host?.takeState() ?? { longestRunMs: 0, batches: [] };
      return { type: 'pong', id, state };
    }
    if (host === undefined) throw new Error('the device process has not been started');
    return { type: 'held', id, reports: await host.hold(request.folders) };
  } catch (error) {
    return { type: 'failed', id, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Our parent ends us then: a process cannot end itself while one of its threads hangs. */
function onFault(reason: string): void {
  send({ type: 'fault', reason });
}

function send(reply: DeviceReply): void {
  if (process.connected) process.send?.(reply);
}

process.on('message', (request: DeviceRequest) => {
  void answer(request).then(send);
});
// A terminal sends Ctrl-C to us too: the service finishes the photos in work, then lets us go.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
