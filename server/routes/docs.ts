import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Response, Router } from 'express';
import { allowOnly } from '../errors.ts';
import { buildDocument } from '../openapi/document.ts';
import type { ServiceContext } from '../service-context.ts';

/** Swagger UI's own files that the page needs; it comes with more that would call other sites. */
const PACKAGE_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js'] as const;

/** Without inline scripts or styles: our content security policy allows neither. */
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>deep-makeover: HTTP interface</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <main id="document"></main>
    <noscript>This page needs JavaScript; <a href="/openapi.json">the document itself</a> does not.</noscript>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

/** Without the validator badge, which would send the document's address to another site. */
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#document',
  validatorUrl: null,
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
});
`;

/** GET /openapi.json and the page /docs, which shows it and needs nothing of other sites. */
export function docsRoutes({ version }: ServiceContext): Router {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const router = Router();
  let document: Buffer | undefined;
  router
    .route('/openapi.json')
    .get((_request, response) => {
      document ??= Buffer.from(JSON.stringify(buildDocument(version)));
      sendCached(response, 'application/json', document);
    })
    .all(allowOnly('GET'));
  router
    .route('/docs')
    .get((_request, response) => sendCached(response, 'text/html; charset=utf-8', PAGE))
    .all(allowOnly('GET'));
  router
    .route('/docs/start.js')
    .get((_request, response) => sendCached(response, 'text/javascript; charset=utf-8', START))
    .all(allowOnly('GET'));
  for (const name of PACKAGE_FILES) {
    router
      .route(`/docs/${name}`)
      .get((_request, response) => {
        response.sendFile(join(folder, name), { headers: { 'Cache-Control': 'no-cache' } });
      })
      .all(allowOnly('GET'));
  }
  return router;
}

/** Answers 304 by itself to clients that have this content. */
function sendCached(response: Response, type: string, content: string | Buffer): void {
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 27);
  response.set({ 'Cache-Control': 'no-cache', ETag: `"${hash}"`, 'Content-Type': type });
  response.send(content);
}
