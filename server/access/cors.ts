import type { RequestHandler } from 'express';

const MAX_AGE_S = 600;
const ALLOWED_HEADERS = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-None-Match',
  'If-Range',
  'Last-Event-ID',
  'Prefer',
  'Range',
  'X-API-Key',
  'X-Request-Id',
  'X-Timeout-Ms',
];
/** What a script may read of an answer beyond its type and length. */
const EXPOSED_HEADERS = [
  'Content-Disposition',
  'Content-Range',
  'ETag',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Server-Timing',
  'X-Cache',
  'X-Faces',
  'X-Model-Version',
  'X-Request-Id',
];

/** Whether pages of an origin may use the service. */
export function isAllowedOrigin(origin: string, corsOrigins: readonly string[]): boolean {
  return corsOrigins.includes('*') || corsOrigins.includes(origin.toLowerCase());
}

/**
 * Lets scripts on pages of the listed origins read our answers, and answers their preflights
 * (https://fetch.spec.whatwg.org/#http-cors-protocol). Other origins get no word of CORS, so that
 * their browsers keep the answers from them. Keys travel in headers that a script sets itself, so
 * credentials of the browser's own are never allowed.
 */
export function allowOrigins(corsOrigins: readonly string[]): RequestHandler {
  return (request, response, next) => {
    if (corsOrigins.length === 0) {
      next();
      return;
    }
    response.vary('Origin');
    const { origin } = request.headers;
    if (origin === undefined || !isAllowedOrigin(origin, corsOrigins)) {
      next();
      return;
    }
    response.set({
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Expose-Headers': EXPOSED_HEADERS.join(', '),
    });
    const isPreflight =
      request.method === 'OPTIONS' && request.get('Access-Control-Request-Method') !== undefined;
    if (!isPreflight) {
      next();
      return;
    }
    response
      .status(204)
      .set({
        'Access-Control-Allow-Methods': 'GET, HEAD, POST, DELETE',
        'Access-Control-Allow-Headers': ALLOWED_HEADERS.join(', '),
        'Access-Control-Max-Age': String(MAX_AGE_S),
      })
      .end();
  };
}
