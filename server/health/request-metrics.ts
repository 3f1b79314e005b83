import type { RequestHandler } from 'express';
import type { Metrics } from '../metrics.ts';
import { routeName } from '../route-name.ts';

/** Counts requests when they are answered, by their route: a path would make a series of each. */
export function countRequests(metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const stopTimer = metrics.httpDuration.startTimer();
    response.once('close', () => {
      const route = routeName(request, response.statusCode);
      const status = response.writableFinished ? String(response.statusCode) : 'aborted';
      metrics.httpRequests.inc({ route, status });
      stopTimer({ route });
      const { problemCode } = response.locals as { readonly problemCode?: string };
      if (problemCode !== undefined) metrics.rejected.inc({ reason: problemCode });
      if (problemCode === 'NO_FACE_FOUND') metrics.noFace.inc();
    });
    next();
  };
}
