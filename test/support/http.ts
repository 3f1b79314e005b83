import { type IncomingHttpHeaders, request } from 'node:http';
import { expect } from 'vitest';
import type { ErrorCode, ProblemDetails } from '../../models/contract/api/problem.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request with headers that `fetch` does not let its caller set, such as Host and Origin. */
export function send(
  url: string,
  headers: Readonly<Record<string, string>>,
  body?: Buffer,
  method = body ? 'POST' : 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers }, (incoming) => {
      incoming.setEncoding('utf8');
      let text = '';
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Checks that an answer is a complete problem document and gives it. */
export async function expectProblem(
  response: Response,
  status: number,
  code: ErrorCode,
): Promise<ProblemDetails> {
  const text = await response.text();
  const problem = JSON.parse(text) as ProblemDetails;
  expect({ status: response.status, code: problem.code }).toEqual({ status, code });
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(problem).toMatchObject({
    status,
    type: expect.stringMatching(/^urn:/) as string,
    title: expect.stringMatching(/\w/) as string,
    detail: expect.stringMatching(/\w/) as string,
    requestId: response.headers.get('x-request-id'),
  });
  return problem;
}
