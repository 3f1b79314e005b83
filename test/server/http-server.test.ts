import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProblemDetails } from '../../models/contract/api/problem.ts';
import { createHttpServer } from '../../server/http-server.ts';
import { createLogger } from '../../server/logger.ts';
import { sendRaw } from '../support/raw-http.ts';

const MAX_CONNECTIONS = 8;
const STAY = { hangUp: false };

let server: Server;
let url: string;

beforeAll(async () => {
  server = createHttpServer(
    (request, response) => {
      // Half an answer, when it is asked for.
      if (request.url === '/half') {
        response.writeHead(200, { 'Content-Length': 100 }).write('half');
        return;
      }
      request.resume();
      response.setHeader('Connection', 'close');
      response.end(`${request.method} ${request.url} for ${request.headers.host}`);
    },
    { maxConnections: MAX_CONNECTIONS, maxUploadBytes: 1000, uploadTimeoutMs: 1000 },
    createLogger('silent'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Checks that an answer is a whole problem document, and gives it. */
function readProblem(answer: string): ProblemDetails {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const problem = JSON.parse(body) as ProblemDetails;
  expect(head).toContain('Content-Type: application/problem+json');
  expect(head).toContain(`HTTP/1.1 ${problem.status} `);
  expect(head).toContain(`Content-Length: ${body.length}`);
  return problem;
}

describe('what is no HTTP', () => {
  test.each([
    ['words', 'hello\r\n\r\n'],
    ['TLS', Buffer.from([0x16, 3, 1, 2, 0, 1, 0])],
    ['a bad header', 'GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    [
      'length and chunks',
      'POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    ],
    ['a space in the target', 'GET /a b HTTP/1.1\r\n\r\n'],
  ])('%s', async (_name, text) => {
    expect(readProblem(await sendRaw(url, STAY, text))).toMatchObject({
      status: 400,
      code: 'BAD_REQUEST',
    });
  });

  test('headers without end', async () => {
    const text = `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`;
    expect(readProblem(await sendRaw(url, STAY, text))).toMatchObject({
      code: 'HEADERS_TOO_LARGE',
    });
  });

  test('after half an answer ends the connection without a word', async () => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname).setEncoding('latin1');
    socket.write('GET /half HTTP/1.1\r\nHost: a\r\n\r\n');
    let answer = '';
    socket
      .on('error', () => {})
      .on('data', (chunk: string) => {
        answer += chunk;
        if (answer.endsWith('half')) socket.write('garbage\r\n\r\n');
      });
    await new Promise((resolve) => socket.once('close', resolve));
    expect(answer).toMatch(/half$/);
    expect(answer).not.toContain('HTTP/1.1 400');
  });
});

describe('the target', () => {
  test.each(['http://[', 'http://a:99999/', 'x:y', 'foo'])('%s is no address', async (target) => {
    const answer = await sendRaw(url, STAY, `GET ${target} HTTP/1.1\r\nConnection: close\r\n\r\n`);
    expect(readProblem(answer)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });

  test('that is a whole address says which host is meant', async () => {
    const answer = await sendRaw(url, STAY, 'GET http://b:9/x?y=1 HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(answer).toMatch(/GET \/x\?y=1 for b:9$/);
  });

  test.each(['/', '/%zz', '//x//', '*'])('%s is passed on', async (target) => {
    const answer = await sendRaw(url, STAY, `OPTIONS ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(answer).toContain(`OPTIONS ${target} for a`);
  });
});

test('further connections than allowed are closed at once', async () => {
  const { hostname, port } = new URL(url);
  const open = await Promise.all(
    Array.from({ length: MAX_CONNECTIONS }, async () => {
      const socket = connect(Number(port), hostname);
      await new Promise((resolve) => socket.once('connect', resolve));
      return socket;
    }),
  );
  await expect.poll(() => sendRaw(url, STAY, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).toBe('');
  for (const socket of open) socket.destroy();
  await expect
    .poll(() => sendRaw(url, STAY, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
    .toContain('HTTP/1.1 200');
});
