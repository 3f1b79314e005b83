import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { HttpService } from '../../web/api.ts';

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** Base address of a service that answers every request in the same way. */
async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/below/`;
}

const request = { photo: new Blob(['a photo']), model: 'feminine', strength: 0.5 };

test('a makeover sends the raw file and reads the headers', async () => {
  let seen = '';
  const base = await serve((incoming, response) => {
    incoming.setEncoding('utf8');
    seen = `${incoming.method} ${incoming.url} `;
    incoming.on('data', (chunk: string) => {
      seen += chunk;
    });
    incoming.on('end', () => {
      response.setHeader('X-Faces', '2').setHeader('X-Model-Version', 'feminine/7');
      response.setHeader('Content-Type', 'image/png').end('made over');
    });
  });
  const makeover = await new HttpService(base).makeOver(new AbortController().signal, request);
  expect(seen).toBe('POST /below/v1/makeover?model=feminine&strength=0.5&faces=all a photo');
  expect(makeover).toMatchObject({ faces: 2, modelVersion: 'feminine/7' });
  expect(makeover.image.type).toBe('image/png');
  expect(await makeover.image.text()).toBe('made over');
});

test('a problem keeps its code and its detail', async () => {
  const base = await serve((_request, response) => {
    response.writeHead(503, { 'Content-Type': 'application/problem+json; charset=utf-8' });
    response.end(JSON.stringify({ code: 'QUEUE_FULL', detail: 'Try again in 2 s.' }));
  });
  await expect(new HttpService(base).models()).rejects.toMatchObject({
    name: 'ServiceError',
    code: 'QUEUE_FULL',
    message: 'Try again in 2 s.',
  });
});

test("a proxy's own error page is unexpected, with its status", async () => {
  const base = await serve((_request, response) => {
    response.writeHead(502, { 'Content-Type': 'text/html' }).end('<h1>Bad gateway</h1>');
  });
  await expect(new HttpService(base).info()).rejects.toMatchObject({
    code: 'UNEXPECTED',
    message: expect.stringContaining('502'),
  });
});

test('a connection that breaks counts as offline', async () => {
  const base = await serve((incoming) => incoming.socket.destroy());
  await expect(new HttpService(base).info()).rejects.toMatchObject({ code: 'OFFLINE' });
});

test('an abort is passed on as an abort', async () => {
  const base = await serve(() => {});
  const abort = new AbortController();
  const makeover = new HttpService(base).makeOver(abort.signal, request);
  abort.abort();
  await expect(makeover).rejects.toMatchObject({ name: 'AbortError' });
});
