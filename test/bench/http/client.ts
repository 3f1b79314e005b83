import { Agent, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly retryAfterS: number;
  readonly bytes: number;
}

/** A client that keeps its connections and throws the pictures away, to take little of the CPU. */
export class PhotoClient {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Sends a photo; any answer will do. */
  post(photo: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = { 'Content-Type': 'image/jpeg', 'Content-Length': photo.length };
      const options = { method: 'POST', agent: this.#agent, headers };
      const outgoing = request(this.#url, options, (incoming) => {
        let bytes = 0;
        incoming.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            retryAfterS: Number(incoming.headers['retry-after'] ?? 0),
            bytes,
          }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end(photo);
    });
  }

  /** Sends a photo that must be made over. */
  async makeOver(photo: Buffer): Promise<void> {
    const { status } = await this.post(photo);
    if (status !== 200) throw new Error(`${this.#url} answered ${status}, expected 200`);
  }

  close(): void {
    this.#agent.destroy();
  }
}
