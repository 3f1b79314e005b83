import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../files.ts';

const version = z.number().int().min(1);

const schema = z.object({
  /** The version that serves, or should. */
  active: version.optional(),
  /** The one that served before it. */
  previous: version.optional(),
  /** Whether an operator chose `active`; else the newest sound version becomes active by itself. */
  isPinned: z.boolean(),
  /** A version that gets a share of the photos, to be compared with the active one. */
  canary: z.object({ version, percent: z.number().gt(0).lte(100) }).optional(),
  /** The last canary that was stopped because of what it did. */
  stoppedCanary: z.object({ version, reason: z.string(), at: z.string() }).optional(),
});

/** Which versions of one model serve: what the operator wants, as it outlives a restart. */
export type Channel = z.infer<typeof schema>;

/** Of a model about which nothing has been decided. */
export const DEFAULT_CHANNEL: Channel = { isPinned: false };

/** The channels of all models, in `<folder>/<name>/channel.json`. */
export class ChannelStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The channel of a model; the default one where there is none yet.
   *
   * @throws Error when the file cannot be read or is no channel
   */
  async read(name: string): Promise<Channel> {
    const path = this.#path(name);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
        return DEFAULT_CHANNEL;
      }
      throw error;
    }
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      throw new Error(`${path} is no channel (${String(error)}): mend or remove it`, {
        cause: error,
      });
    }
  }

  /** Writes a channel whole or not at all. */
  async write(name: string, channel: Channel): Promise<void> {
    await mkdir(join(this.#folder, name), { recursive: true });
    const json = `${JSON.stringify(channel, undefined, 2)}\n`;
    await writeFileAtomically(this.#path(name), Buffer.from(json));
  }

  #path(name: string): string {
    return join(this.#folder, name, 'channel.json');
  }
}
