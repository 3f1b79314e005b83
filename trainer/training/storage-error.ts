/** Codes of errors that say that a place cannot be written to, and what they mean. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EROFS: 'the disk is read-only',
  EACCES: 'permission is denied',
  EIO: 'the disk reports a failure',
  ENOENT: 'the folder is gone',
};

/** What to tell when a run folder cannot be written; undefined for errors of other kinds. */
export function describeStorageError(error: unknown, runFolder: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '', path = runFolder } = error as NodeJS.ErrnoException;
  const reason = REASONS[code];
  if (reason === undefined) return undefined;
  return `cannot write ${path}: ${reason} (${code}); the last good checkpoint is kept: make room or set it right, then go on with --resume ${runFolder}`;
}
