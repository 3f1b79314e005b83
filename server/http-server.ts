import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { describeProblem, sendProblem } from './errors.ts';
import type { Logger } from './logger.ts';
import { PROBLEMS, ProblemError } from './problem.ts';
import { MIN_BYTES_PER_MS } from './upload.ts';

const HEADERS_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** How often Node looks for connections that are over their time. */
const CHECK_CONNECTIONS_EVERY_MS = 2_000;

export interface ConnectionLimits {
  readonly maxConnections: number;
  readonly maxUploadBytes: number;
  readonly uploadTimeoutMs: number;
}

/**
 * A server that listens nowhere yet, with everything that is decided about a connection before a
 * route sees it: times, their number, `Expect`, and what cannot be read as HTTP at all.
 */
export function createHttpServer(
  app: RequestListener,
  limits: ConnectionLimits,
  logger: Logger,
): Server {
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    // Uploads have their own timeout; this one ends bodies that no route waits for.
    requestTimeout: Math.ceil(
      HEADERS_TIMEOUT_MS + limits.uploadTimeoutMs + limits.maxUploadBytes / MIN_BYTES_PER_MS,
    ),
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_CONNECTIONS_EVERY_MS,
    // Our own guard answers requests without Host, as it does those with a wrong one.
    requireHostHeader: false,
  });
  server.maxConnections = limits.maxConnections;
  const responses = new WeakMap<Duplex, ServerResponse>();
  const onRequest: RequestListener = (request, response) => {
    responses.set(request.socket, response);
    if (resolveTarget(request)) app(request, response);
    else sendProblem(response, badTarget(), randomUUID());
  };
  server.on('request', onRequest);
  // With `Expect: 100-continue` a client waits until an upload is wanted: receiving it says so.
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', onRequest);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const response = responses.get(socket);
    // An answer that has begun cannot be followed by another one.
    const isAnswering = response?.headersSent && !response.writableFinished;
    if (!socket.writable || error.code === 'ECONNRESET' || isAnswering) {
      socket.destroy();
      return;
    }
    const requestId = randomUUID();
    logger.info({ requestId, error: error.code }, 'a request cannot be read');
    socket.end(formatAnswer(toProblem(error.code), requestId), () => socket.destroy());
  });
  return server;
}

/**
 * Brings a request's target to its usual form, a path. A target that is a whole address says which
 * host is meant, whatever the header Host says (RFC 9112, 3.2.2).
 *
 * @returns false when it is neither a path nor an address
 */
function resolveTarget(request: IncomingMessage): boolean {
  const target = request.url ?? '';
  if (target.startsWith('/') || target === '*') return true;
  if (!URL.canParse(target)) return false;
  const { host, pathname, search } = new URL(target);
  request.headers.host = host;
  request.url = `${pathname}${search}`;
  return pathname.startsWith('/');
}

function badTarget(): ProblemError {
  return new ProblemError(
    'BAD_REQUEST',
    "the request's target is no address: ask for a path such as /v1/makeover",
  );
}

function toProblem(code: string | undefined): ProblemError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ProblemError(
        'HEADERS_TOO_LARGE',
        'the request has more than 16 KiB of headers: send fewer or shorter ones',
      );
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ProblemError(
        'UPLOAD_TOO_SLOW',
        'the request did not come in time: send it faster, or make the photo smaller',
      );
    default:
      return new ProblemError(
        'BAD_REQUEST',
        `what came is no HTTP/1.1 request (${code ?? 'unknown error'}): check the client, and that ` +
          'its address begins with http://',
      );
  }
}

/** A whole HTTP answer: Node has no response object for what it cannot read. */
function formatAnswer(problem: ProblemError, requestId: string): string {
  const { status } = PROBLEMS[problem.code];
  const body = JSON.stringify(describeProblem(problem, requestId));
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Cache-Control: no-store',
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
