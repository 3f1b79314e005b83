import type { Request, Response } from 'express';
import { expect, test } from 'vitest';
import { guardHostAndOrigin } from '../../server/guards.ts';

/** Whether a service that listens on `listensOn` answers to the `Host` header. */
function isServed(listensOn: string, host: string): boolean {
  let isPassed = false;
  const request = { headers: { host } } as Request;
  try {
    guardHostAndOrigin({ host: listensOn, allowedHosts: [], corsOrigins: [] })(
      request,
      {} as Response,
      () => {
        isPassed = true;
      },
    );
  } catch (error) {
    expect(error).toMatchObject({ code: 'HOST_NOT_ALLOWED' });
  }
  return isPassed;
}

test.each([
  ['127.0.0.1', 'localhost:8080', true],
  ['127.0.0.1', '192.0.2.1:8080', false],
  ['0.0.0.0', '192.0.2.1:8080', true],
  ['::', '[2001:db8::1]:8080', true],
  ['0.0.0.0', 'evil.example', false],
  ['Faces.example', 'faces.example:8080', true],
  ['faces.example', 'evil.faces.example', false],
])('listening on %s, asked as %s: %s', (listensOn, host, expected) => {
  expect(isServed(listensOn, host)).toBe(expected);
});
