import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import type { ProblemDetails } from '../models/contract/api/problem.ts';
import type { Logger } from './logger.ts';
import { PROBLEMS, ProblemError, problemType } from './problem.ts';

/** How long the rest of a refused upload is read: without that the client might miss the answer. */
const DISCARD_MS = 2000;

/** The request came to no route. */
export const notFound: RequestHandler = (request) => {
  throw new ProblemError(
    'NOT_FOUND',
    `${request.path} is not served here: photos go to POST /v1/makeover, the page is at /`,
  );
};

/** Answers the methods that a path does not offer. */
export function allowOnly(...methods: readonly ('GET' | 'POST' | 'DELETE')[]): RequestHandler {
  const allow = methods.map((method) => (method === 'GET' ? 'GET, HEAD' : method)).join(', ');
  return (request) => {
    throw new ProblemError(
      'METHOD_NOT_ALLOWED',
      `${request.path} does not offer ${request.method}: use ${allow}`,
      { Allow: allow },
    );
  };
}

/** Turns whatever was thrown into an RFC 9457 answer. */
export function handleErrors(logger: Logger): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (error: unknown, request, response, _next) => {
    if (request.socket.destroyed) {
      logger.debug({ requestId: response.locals.requestId, error: String(error) }, 'client gone');
      return;
    }
    const problem = toProblem(error);
    if (problem.code === 'INTERNAL') {
      const stack = error instanceof Error ? error.stack : String(error);
      logger.error({ requestId: response.locals.requestId, error: stack }, 'request failed');
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.locals.problemCode = problem.code;
    // The Open Inference Protocol's name for it, which RFC 9457 lets stand beside its own.
    const extension = /^\/v2(\/|$)/.test(request.path) ? { error: problem.message } : {};
    sendProblem(response, problem, String(response.locals.requestId), extension);
    discardRest(request);
  };
}

function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  // Express and its file server refuse malformed paths so.
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const reason = STATUS_CODES[status]?.toLowerCase() ?? 'client error';
    return status === 404
      ? new ProblemError('NOT_FOUND', 'nothing is served at this path')
      : new ProblemError('BAD_REQUEST', `the request cannot be read (${reason}): check its URL`);
  }
  return new ProblemError('INTERNAL', 'the service failed: its log has the reason by requestId');
}

/** A problem as the body of its answer, RFC 9457. */
export function describeProblem(
  { code, message }: ProblemError,
  requestId: string,
): ProblemDetails {
  const { status, title } = PROBLEMS[code];
  return {
    type: problemType(code),
    title,
    status,
    detail: message,
    code,
    requestId,
  };
}

/** Answers with a problem, on a response that has not begun. */
export function sendProblem(
  response: ServerResponse,
  problem: ProblemError,
  requestId: string,
  extension: Pick<ProblemDetails, 'error'> = {},
): void {
  const body = JSON.stringify({ ...describeProblem(problem, requestId), ...extension });
  response
    .writeHead(PROBLEMS[problem.code].status, {
      'Cache-Control': 'no-store',
      ...problem.headers,
      'Content-Type': 'application/problem+json',
      'Content-Length': Buffer.byteLength(body),
    })
    .end(body);
}

/** Reads what still comes of a request that has its answer, for a while. */
export function discardRest(request: Request): void {
  if (request.complete) return;
  const { socket } = request;
  request.resume();
  const timer = setTimeout(() => socket.destroy(), DISCARD_MS);
  request.once('close', () => clearTimeout(timer));
}
