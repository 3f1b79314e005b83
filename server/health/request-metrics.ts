import type { Request, RequestHandler } from 'express';
import type { Metrics } from '../metrics.ts';

/** Counts requests when they are answered, by their route: a path would make a series of each. */
export function countRequests(metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const stopTimer = metrics.httpDuration.startTimer();
    response.once('close', () => {
      const route = routeOf(request, response.statusCode);
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

/** The route's template; files of the page are one route, and so is all that is nowhere. */
function routeOf(request: Request, status: number): string {
  const { route, path } = request as {
    readonly route?: { readonly path: string | readonly string[] };
    readonly path: string;
  };
  if (typeof route?.path === 'string') return route.path;
  return route?.path.find((one) => one === path) ?? (status < 400 ? 'page' : 'none');
}
