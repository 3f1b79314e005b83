import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where things that can be made again are kept for this user: decoded faces, instruments. */
export function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'deep-makeover');
}
