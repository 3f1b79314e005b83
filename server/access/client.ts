import { isIPv4 } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { presentedKey } from './keys.ts';
import { findSecret, type StoredSecret } from './secrets.ts';

/** Whose request it is. */
export interface Client {
  /** `key:` and the start of the key's hash, or `ip:` and the address; tells no key. */
  readonly id: string;
  /** What the operator calls the key. */
  readonly name: string | undefined;
}

const ID_HEX_DIGITS = 16;
/** What a provider gives to one customer (RFC 6177); the rest of the address is theirs to choose. */
const IPV6_PREFIX_GROUPS = 4;

/**
 * Sets `response.locals.client`: the known key's, else the address's. Whether a key is needed is
 * decided elsewhere.
 */
export function identifyClient(keys: readonly StoredSecret[]): RequestHandler {
  return (request, response, next) => {
    response.locals.client = clientOf(request, keys);
    next();
  };
}

function clientOf(request: Request, keys: readonly StoredSecret[]): Client {
  const key = presentedKey(request);
  const known = key === undefined ? undefined : findSecret(key, keys);
  if (known === undefined) return { id: `ip:${networkOf(request.ip ?? '')}`, name: undefined };
  const id = `key:${known.hash.toString('hex').slice(0, ID_HEX_DIGITS)}`;
  return { id, name: known.name };
}

/** An IPv4 address as it is, also when it comes as IPv6; of an IPv6 address its first 64 bits. */
export function networkOf(address: string): string {
  const mapped = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (isIPv4(mapped) || !address.includes(':')) return mapped;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const groups = head.split(':').filter(Boolean);
  const last = (tail ?? '').split(':').filter(Boolean);
  const zeros = Array.from({ length: Math.max(8 - groups.length - last.length, 0) }, () => '0');
  return [...groups, ...(tail === undefined ? [] : zeros), ...last]
    .slice(0, IPV6_PREFIX_GROUPS)
    .join(':');
}
