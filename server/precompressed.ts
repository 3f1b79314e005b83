import { existsSync, readdirSync } from 'node:fs';
import { extname, sep } from 'node:path';
import type { RequestHandler } from 'express';

/** The better one first. */
const ENCODINGS = [
  { name: 'br', extension: '.br' },
  { name: 'gzip', extension: '.gz' },
] as const;

/**
 * Lets the files that follow be answered packed, where the build left a packed copy beside them and
 * the client takes it: `express.static` then finds the copy at the changed address.
 *
 * @param folder that `express.static` serves
 */
export function preferPrecompressed(folder: string): RequestHandler {
  const packed = listPacked(folder);
  return (request, response, next) => {
    const path = request.path.endsWith('/') ? `${request.path}index.html` : request.path;
    const isAsked = request.method === 'GET' || request.method === 'HEAD';
    const offered = ENCODINGS.filter(({ extension }) => packed.has(path + extension));
    if (!isAsked || offered.length === 0) {
      next();
      return;
    }
    response.vary('Accept-Encoding');
    const encoding = offered.find(({ name }) => request.acceptsEncodings(name) === name);
    if (encoding) {
      response.type(extname(path));
      response.setHeader('Content-Encoding', encoding.name);
      request.url = path + encoding.extension;
    }
    next();
  };
}

/** Addresses of all packed copies; the build is complete before the service starts. */
function listPacked(folder: string): ReadonlySet<string> {
  const names = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
    : [];
  return new Set(
    names
      .filter((name) => ENCODINGS.some(({ extension }) => name.endsWith(extension)))
      .map((name) => `/${name.split(sep).join('/')}`),
  );
}
