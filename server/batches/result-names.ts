import { extensionOf, type ImageFormat } from '../photo/formats.ts';

/** Of the archive's own file, which no result may be called. */
export const MANIFEST_NAME = 'manifest.csv';

const MAX_NAME_LENGTH = 512;
const MAX_PART_LENGTH = 200;

/**
 * A client's name for a photo as a relative path that every system can unpack: parted by `/`,
 * without a drive, control characters, empty parts and those that lead elsewhere.
 */
export function toItemName(name: string): string {
  const parts = name
    .slice(-MAX_NAME_LENGTH)
    .replace(/^[A-Za-z]:/, '')
    .replace(/[\p{Cc}<>:"|?*]/gu, '_')
    .split(/[/\\]+/)
    .map((part) => part.trim().replace(/\.+$/, '').slice(-MAX_PART_LENGTH))
    .filter((part) => part !== '');
  return parts.join('/') || 'photo';
}

/** Names of a batch's results, each only once. */
export class ResultNames {
  /** In lower case: most desktops tell names apart by letters only. */
  readonly #taken = new Set([MANIFEST_NAME]);

  /** The photo's name with the result's extension, numbered where it is taken. */
  take(itemName: string, format: ImageFormat): string {
    const stem = itemName.replace(/(?<=[^/])\.[^./]*$/, '');
    let name = `${stem}.${extensionOf(format)}`;
    for (let i = 2; this.#taken.has(name.toLowerCase()); i++) {
      name = `${stem}-${i}.${extensionOf(format)}`;
    }
    this.#taken.add(name.toLowerCase());
    return name;
  }
}
