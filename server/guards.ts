import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { isAllowedOrigin } from './access/cors.ts';
import { ProblemError } from './problem.ts';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

export interface GuardOptions {
  /** The address that we listen on. */
  readonly host: string;
  /** Further names without port. */
  readonly allowedHosts: readonly string[];
  /** Origins whose pages may use us, beside our own; `*` for all. */
  readonly corsOrigins: readonly string[];
}

/**
 * Refuses requests that another site's page makes a browser send. A page can let its own name
 * point at our address (DNS rebinding), so the names that we answer to are few; and what a page of
 * another origin sends carries that origin.
 */
export function guardHostAndOrigin(options: GuardOptions): RequestHandler {
  return (request, _response, next) => {
    requireHost(request, options);
    requireOrigin(request, options.corsOrigins);
    next();
  };
}

function requireHost({ headers }: Request, { host, allowedHosts }: GuardOptions): void {
  const listensOnLoopback = ['127.0.0.1', '::1', 'localhost'].includes(host);
  const name = hostName(headers.host ?? '');
  const isAllowed =
    LOOPBACK_NAMES.includes(name) ||
    name === host.toLowerCase() ||
    allowedHosts.includes(name) ||
    // An address cannot be rebound; whoever listens beyond loopback is reached by it.
    (!listensOnLoopback && isIP(name.replace(/^\[|\]$/g, '')) !== 0);
  if (isAllowed) return;
  throw new ProblemError(
    'HOST_NOT_ALLOWED',
    name === ''
      ? 'the request has no header Host: send the name that the service is reached by'
      : `the host name "${name}" is not served here: add it to DM_ALLOWED_HOSTS`,
  );
}

function requireOrigin({ headers, method }: Request, corsOrigins: readonly string[]): void {
  const { origin, host } = headers;
  if (origin !== undefined) {
    if (isAllowedOrigin(origin, corsOrigins)) return;
    if (originHost(origin) === host?.toLowerCase()) return;
    throw foreignOrigin(`a page of ${origin}`);
  }
  // Browsers say so also where they send no Origin; reading is left to what they keep from pages.
  const isForeign = ['cross-site', 'same-site'].includes(String(headers['sec-fetch-site']));
  if (isForeign && !['GET', 'HEAD'].includes(method)) throw foreignOrigin('another page');
}

function foreignOrigin(page: string): ProblemError {
  return new ProblemError(
    'ORIGIN_NOT_ALLOWED',
    `${page} may not use this service: only its own page may, and those of DM_CORS_ORIGINS`,
  );
}

/**
 * Refuses what a client asks of a request that no route can grant: an expectation other than
 * 100-continue (RFC 9110, 10.1.1), and a body in a content coding, which could unfold to any size
 * (RFC 7694).
 */
export const refuseCodings: RequestHandler = ({ headers }, _response, next) => {
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') {
    throw new ProblemError(
      'EXPECTATION_FAILED',
      'the header Expect can only be 100-continue here: leave it out',
    );
  }
  const coding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (coding !== 'identity') {
    throw new ProblemError(
      'ENCODING_NOT_ALLOWED',
      `a body with Content-Encoding: ${coding} is not taken: send the photo as it is`,
      { 'Accept-Encoding': 'identity' },
    );
  }
  next();
};

/** `Host` without its port, in lower case; the port depends on forwarding and proves nothing. */
function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '');
}

/** Host and port of an origin; undefined for `null` and other origins that are no address. */
function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
