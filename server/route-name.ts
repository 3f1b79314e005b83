import type { Request } from 'express';

/**
 * What a request is called in logs and metrics: its route's template, `page` for the files of the
 * page, `none` for all that is nowhere. Paths themselves hold what clients wish, file names too.
 */
export function routeName(request: Request, status: number): string {
  const { route } = request as { readonly route?: { readonly path: string } };
  if (route !== undefined) return route.path;
  return status < 400 ? 'page' : 'none';
}
