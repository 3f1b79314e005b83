import type { ResponseConfig } from '@asteasolutions/zod-to-openapi';
import type { z } from 'zod';
import type { ErrorCode } from '../../models/contract/api/problem.ts';
import { PROBLEMS, problemType } from '../problem.ts';
import { problemSchema } from './schemas/problem.ts';

type Headers = Record<string, { readonly description: string; readonly schema: object }>;

type Answer = Omit<ResponseConfig, 'headers'> & { readonly headers: Headers };

/** A body that is a file. */
export const BINARY = { type: 'string', format: 'binary' } as const;

const TEXT = { type: 'string' } as const;
const WHOLE = { type: 'integer', minimum: 0 } as const;

const REQUEST_ID = {
  'X-Request-Id': {
    description: "The request's own id, or a new one; it stands in the service's log.",
    schema: TEXT,
  },
} as const;

const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds after which another try makes sense.', schema: WHOLE },
} as const;

const CHALLENGE = {
  'WWW-Authenticate': { description: 'How a key can be sent, by RFC 6750.', schema: TEXT },
} as const;

/** Headers by name, each a line of text unless a schema is given. */
export function headers(descriptions: Readonly<Record<string, string>>): Headers {
  const entries = Object.entries(descriptions);
  return Object.fromEntries(
    entries.map(([name, description]) => [name, { description, schema: TEXT }]),
  );
}

/** An answer of JSON. */
export function json(description: string, schema: z.ZodType, more: Headers = {}): Answer {
  return content(description, { 'application/json': { schema } }, more);
}

/** An answer that is a file of one of the types. */
export function file(description: string, types: readonly string[], more: Headers = {}): Answer {
  const entries = types.map((type) => [type, { schema: BINARY }]);
  return content(description, Object.fromEntries(entries), more);
}

/** An answer of text. */
export function text(description: string, type: string, more: Headers = {}): Answer {
  return content(description, { [type]: { schema: TEXT } }, more);
}

/** An answer without a body. */
export function nothing(description: string): Answer {
  return { description, headers: REQUEST_ID };
}

/** The answer of a conditional request whose client has the content already. */
export const NOT_MODIFIED: Answer = {
  description: 'What the client has is still right.',
  headers: { ...REQUEST_ID, ...headers({ ETag: 'For If-None-Match.' }) },
};

/** An answer of several types. */
export function content(
  description: string,
  types: NonNullable<ResponseConfig['content']>,
  more: Headers,
): Answer {
  return { description, headers: { ...REQUEST_ID, ...more }, content: types };
}

/** What every route of both ports can answer. */
const ANYWHERE = [
  'BAD_REQUEST',
  'HOST_NOT_ALLOWED',
  'ORIGIN_NOT_ALLOWED',
  'ENCODING_NOT_ALLOWED',
  'EXPECTATION_FAILED',
  'HEADERS_TOO_LARGE',
  'INTERNAL',
] as const;

/** The same answers, each with further headers. */
export function withHeaders(
  more: Headers,
  responses: Readonly<Record<string, Answer>>,
): Record<string, Answer> {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [
      status,
      { ...response, headers: { ...response.headers, ...more } },
    ]),
  );
}

/** Answers for the codes that a route gives, and for those that every route can. */
export function problems(...codes: readonly ErrorCode[]): Record<string, Answer> {
  const all = [...codes, ...ANYWHERE];
  const statuses = [...new Set(all.map((code) => PROBLEMS[code].status))];
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      problemAnswer(all.filter((code) => PROBLEMS[code].status === status)),
    ]),
  );
}

function problemAnswer(codes: readonly ErrorCode[]): Answer {
  const statuses = codes.map((code) => PROBLEMS[code].status);
  const isOverload = statuses.some((status) => [429, 503].includes(status));
  const examples = Object.fromEntries(
    codes.map((code) => [code, { summary: PROBLEMS[code].title, value: exampleOf(code) }]),
  );
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
    headers: {
      ...REQUEST_ID,
      ...(isOverload && RETRY_AFTER),
      ...(statuses.includes(401) && CHALLENGE),
    },
    content: { 'application/problem+json': { schema: problemSchema, examples } },
  };
}

function exampleOf(code: ErrorCode): z.output<typeof problemSchema> {
  const { status, title } = PROBLEMS[code];
  const detail = `${title}: what was expected, and what to do.`;
  return { type: problemType(code), title, status, detail, code, requestId: 'a1b2c3' };
}
