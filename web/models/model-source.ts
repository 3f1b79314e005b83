import { type Manifest, parseManifest } from '../../models/contract/manifest.ts';
import type { ModelAddress } from './address.ts';
import type { Downloads, ImmutableFile } from './download.ts';

/** Reads models from the service's immutable addresses. */
export class ModelSource {
  readonly #base: string;
  readonly #downloads: Downloads;

  /** @param base absolute address that the service's own addresses are relative to */
  constructor(base: string, downloads: Downloads) {
    this.#base = base;
    this.#downloads = downloads;
  }

  /**
   * The manifest of a model.
   *
   * @throws Error when the service does not give it or it is not valid
   */
  async manifest(address: ModelAddress): Promise<Manifest> {
    // It is small, no hash is known before it, and a version may be replaced by force.
    const response = await this.#downloads.latest(this.url(address, 'manifest.json'));
    return parseManifest(await response.json());
  }

  /**
   * A file of a model.
   *
   * @throws Error when the manifest does not list it, or it cannot be had as the manifest says
   */
  async file({ name, version, files }: Manifest, path: string): Promise<Uint8Array<ArrayBuffer>> {
    const listed = files.find((file) => file.path === path);
    if (listed === undefined) throw new Error(`the manifest of ${name}/${version} lacks ${path}`);
    const file: ImmutableFile = { ...listed, url: this.url({ name, version }, path) };
    return this.#downloads.get(file);
  }

  /** Address of a file of a model. */
  url({ name, version }: ModelAddress, path: string): string {
    const parts = ['v1/models', name, 'versions', String(version), 'files', path];
    return new URL(parts.join('/'), this.#base).href;
  }
}
