import type { ServerResponse } from 'node:http';
import { MIN_BYTES_PER_MS } from './upload.ts';

/**
 * Ends an answer with a file, and resolves when it has left or its client has gone. A client that
 * reads more slowly than an upload may come is cut off: until then the file stays in our memory.
 */
export function sendFile(
  response: ServerResponse,
  file: Uint8Array,
  timeoutMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const tooSlow = () => response.destroy();
    const timer = setTimeout(tooSlow, timeoutMs + file.length / MIN_BYTES_PER_MS);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    response.end(file);
  });
}
