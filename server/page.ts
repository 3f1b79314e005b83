import { join, sep } from 'node:path';
import express, { type RequestHandler } from 'express';
import helmet from 'helmet';
import { packageFolder } from './paths.ts';
import { preferPrecompressed } from './precompressed.ts';

/** Where the build puts the page. */
export function pageFolder(): string {
  return join(packageFolder(), 'dist', 'web');
}

/** The built page, at `/`. */
export function servePage(folder: string): RequestHandler {
  const hashedAssets = join(folder, 'assets') + sep;
  const files = express.static(folder, {
    setHeaders: (response, path) => {
      // Names under assets/ change with their content; the rest is asked for again each time.
      const isHashed = path.startsWith(hashedAssets);
      response.setHeader(
        'Cache-Control',
        isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
    },
  });
  return express.Router().use(preferPrecompressed(folder), files);
}

/**
 * Headers that keep the page to itself: nothing of another origin in it, and it in no other's. The
 * cross-origin policies let it run WebAssembly with threads.
 */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        // Networks run on WebAssembly; this allows it and no other way to make code from data.
        'script-src': ["'self'", "'wasm-unsafe-eval'"],
        'worker-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'", 'blob:', 'data:'],
        'connect-src': ["'self'"],
        'manifest-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    crossOriginEmbedderPolicy: { policy: 'require-corp' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    // Whether there is TLS is known to whoever terminates it.
    strictTransportSecurity: false,
  });
}
