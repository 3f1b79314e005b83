import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { ProblemError } from './problem.ts';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Refuses requests that another site's page makes a browser send. A page can let its own name
 * point at our address (DNS rebinding), so the names that we answer to are few; and what a page of
 * another origin sends carries that origin.
 *
 * @param host the address that we listen on
 * @param allowedHosts further names without port
 */
export function guardHostAndOrigin(host: string, allowedHosts: readonly string[]): RequestHandler {
  const listensOnLoopback = ['127.0.0.1', '::1', 'localhost'].includes(host);
  return (request, _response, next) => {
    const name = hostName(request.headers.host ?? '');
    const isAllowed =
      LOOPBACK_NAMES.includes(name) ||
      name === host.toLowerCase() ||
      allowedHosts.includes(name) ||
      // An address cannot be rebound; whoever listens beyond loopback is reached by it.
      (!listensOnLoopback && isIP(name.replace(/^\[|\]$/g, '')) !== 0);
    if (!isAllowed) {
      throw new ProblemError(
        'HOST_NOT_ALLOWED',
        `the host name "${name}" is not served here: add it to DM_ALLOWED_HOSTS`,
      );
    }
    const { origin } = request.headers;
    if (origin !== undefined && originHost(origin) !== request.headers.host?.toLowerCase()) {
      throw new ProblemError(
        'ORIGIN_NOT_ALLOWED',
        `a page of ${origin} may not use this service: only its own page may`,
      );
    }
    next();
  };
}

/** `Host` without its port, in lower case; the port depends on forwarding and proves nothing. */
function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '');
}

/** Host and port of an origin; undefined for `null` and other origins that are no address. */
function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
