import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { sendFile } from '../../server/send-file.ts';

/** More than the kernel's buffers take when nobody reads. */
const FILE = new Uint8Array(32 * 2 ** 20);

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that sends the file; the second value tells when it has done with the answer. */
async function serve(timeoutMs: number): Promise<readonly [port: number, sent: Promise<void>]> {
  let onSent: () => void;
  const sent = new Promise<void>((resolve) => {
    onSent = resolve;
  });
  const started = createServer((_request, response) => {
    void sendFile(response, FILE, timeoutMs).then(onSent);
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return [(started.address() as AddressInfo).port, sent];
}

test('a client that reads gets the whole file', async () => {
  const [port, sent] = await serve(20_000);
  const response = await fetch(`http://127.0.0.1:${port}/`);
  expect((await response.arrayBuffer()).byteLength).toBe(FILE.length);
  await sent;
});

test('a client that does not read is cut off', async () => {
  // A file of this size has 512 s of its own: 1 s is left.
  const [port, sent] = await serve(1000 - 512_000);
  const socket = connect(port, '127.0.0.1', () => {
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  });
  socket.pause();
  const early = new Promise((resolve) => setTimeout(resolve, 300, 'still sending'));
  expect(await Promise.race([sent, early])).toBe('still sending');
  await sent;
  socket.destroy();
});
