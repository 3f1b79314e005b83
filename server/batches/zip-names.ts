const MAX_NAME_LENGTH = 512;
const ARCHIVE_NAME = /\.(zip|7z|rar|tar|t?gz|t?xz|t?bz2|zst|jar|cab|iso)$/i;

/**
 * Why an archive with an entry of this name is not taken; undefined for a name that is fine. No
 * file is ever called so: this is for archives that were made to do harm, which are refused whole.
 *
 * @param name as the archive has it; folders end with `/`
 */
export function findNameFault(name: string): string | undefined {
  if (name.length > MAX_NAME_LENGTH) return `a name of more than ${MAX_NAME_LENGTH} characters`;
  const shown = JSON.stringify(name.slice(0, 100));
  if (/\p{Cc}/u.test(name)) return `a name with control characters (${shown})`;
  if (/^[/\\]|^[A-Za-z]:/.test(name)) return `an absolute path (${shown})`;
  const parts = name.replace(/\/$/, '').split('/');
  if (name.includes('\\') || parts.some((part) => ['', '.', '..'].includes(part))) {
    return `a path that leads elsewhere (${shown})`;
  }
  if (ARCHIVE_NAME.test(name)) return `another archive (${shown})`;
  return undefined;
}

/** The same for names that a file system may take to be the same: by case, or by composed letters. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase().replace(/\/$/, '');
}

/** Whether an entry is what a desktop adds to folders by itself, and no photo. */
export function isLitter(name: string): boolean {
  return /(^|\/)(\.|__MACOSX\/|(Thumbs\.db|desktop\.ini)$)/i.test(name);
}
