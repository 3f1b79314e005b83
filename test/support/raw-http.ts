import { connect } from 'node:net';

export interface RawOptions {
  /** Ends the connection when everything is sent, as a client does that goes away. */
  readonly hangUp: boolean;
}

/**
 * Sends text or bytes over a connection of its own and gives all that comes back until the
 * service closes it. What HTTP clients would never send is sent so.
 */
export function sendRaw(
  url: string,
  { hangUp }: RawOptions,
  ...parts: readonly (string | Buffer)[]
): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    // A reset follows where the service closes before it has read everything.
    socket.on('error', () => {});
    socket.once('close', () => resolve(text));
    for (const part of parts) socket.write(part);
    if (hangUp) socket.end();
  });
}
