import type { Request, RequestHandler } from 'express';
import { ProblemError } from '../problem.ts';
import { findSecret, type StoredSecret } from './secrets.ts';

const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="deep-makeover"' };

/** Paths under /v1 and /v2 that are open to all: what the page shows before it has a key. */
const OPEN_PATHS = ['/v1/info', '/v2/health/live', '/v2/health/ready'];

/**
 * Lets requests through whose key is one of those; all requests when there are none. Beside the
 * open paths everything it is put before needs a key, so a new route is closed until it is listed.
 */
export function requireApiKey(keys: readonly StoredSecret[]): RequestHandler {
  return (request, _response, next) => {
    if (keys.length > 0 && !isOpen(request)) requireKnown(request, keys);
    next();
  };
}

/** Lets requests with the admin key through; none when there is no such key. */
export function requireAdminKey(adminKey: StoredSecret | undefined): RequestHandler {
  return (request, _response, next) => {
    if (adminKey === undefined) {
      throw new ProblemError(
        'ADMIN_OFF',
        'the routes under /admin are off: to switch them on, set DM_ADMIN_KEY or ' +
          'DM_ADMIN_KEY_FILE to a key of your own and start the service again',
      );
    }
    requireKnown(request, [adminKey]);
    next();
  };
}

/**
 * The key that a request carries in `X-API-Key` or as a bearer token (RFC 6750).
 *
 * @returns undefined when it carries none
 */
export function presentedKey(request: Request): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.get('Authorization') ?? '');
  return request.get('X-API-Key')?.trim() || bearer?.[1];
}

function requireKnown(request: Request, keys: readonly StoredSecret[]): void {
  const key = presentedKey(request);
  if (key === undefined) {
    throw new ProblemError(
      'KEY_MISSING',
      'a key is needed here: send it as "X-API-Key: KEY" or "Authorization: Bearer KEY"',
      CHALLENGE,
    );
  }
  if (findSecret(key, keys) === undefined) {
    throw new ProblemError(
      'KEY_WRONG',
      'the key is not known here: check it, or ask the operator of this service for one',
    );
  }
}

/** Express answers these paths also in capitals and with a slash at their end. */
function isOpen({ baseUrl, path }: Request): boolean {
  return OPEN_PATHS.includes(`${baseUrl}${path}`.toLowerCase().replace(/\/$/, ''));
}
