import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Client } from './access/client.ts';
import type { Logger } from './logger.ts';
import { routeName } from './route-name.ts';

/**
 * Gives each request an id, its own or a new one, and logs it when it is answered. File names,
 * addresses and keys are not logged; of a key, the name that the operator gave it.
 */
export function logRequests(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const startMs = performance.now();
    const given = request.get('X-Request-Id');
    const requestId = given && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
    response.locals.requestId = requestId;
    response.set('X-Request-Id', requestId);
    response.once('close', () => {
      logger.info({
        requestId,
        method: request.method,
        route: routeName(request, response.statusCode),
        status: response.writableFinished ? response.statusCode : 'aborted',
        ms: Math.round(performance.now() - startMs),
        faces: response.locals.faces,
        client: (response.locals.client as Client | undefined)?.name,
      });
    });
    next();
  };
}
