import { EventEmitter } from 'node:events';
import type { Response } from 'express';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PixelBudget } from '../../../server/access/pixel-budget.ts';
import { ProblemError } from '../../../server/problem.ts';

const PER_MINUTE = 60_000_000;

/** As much of a response as the budget looks at. */
class FakeResponse extends EventEmitter {
  readonly locals: { client: { id: string } };
  readonly headers: Record<string, string> = {};
  statusCode = 200;

  constructor(id: string) {
    super();
    this.locals = { client: { id } };
  }

  set(headers: Record<string, string>): this {
    Object.assign(this.headers, headers);
    return this;
  }
}

class Clock {
  ms = 1000;
  readonly now = () => this.ms;
}

/** Charges a photo: its response, or the seconds that its client is told to wait. */
function charge(budget: PixelBudget, id: string, pixels: number): FakeResponse | number {
  const response = new FakeResponse(id);
  try {
    budget.charge(response as unknown as Response, pixels);
    return response;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    expect(error.code).toBe('RATE_LIMITED');
    expect(response.headers).toHaveProperty('RateLimit');
    return Number(error.headers['Retry-After']);
  }
}

function createBudget(clock: Clock, maxClients?: number): PixelBudget {
  return new PixelBudget(PER_MINUTE, maxClients, clock.now);
}

test('a minute of pixels, then the rate; what is left is told', () => {
  const clock = new Clock();
  const budget = createBudget(clock);
  const first = charge(budget, 'a', 40e6) as FakeResponse;
  expect(first.headers).toEqual({
    'RateLimit-Policy': '"pixels";q=60000000;w=60',
    RateLimit: '"pixels";r=20000000;t=40',
  });
  expect(charge(budget, 'a', 30e6)).toBe(10);
  // Another client's budget is its own.
  expect(charge(budget, 'b', 30e6)).toBeInstanceOf(FakeResponse);
  clock.ms += 9_999;
  expect(charge(budget, 'a', 30e6)).toBe(1);
  clock.ms += 1;
  expect(charge(budget, 'a', 30e6)).toBeInstanceOf(FakeResponse);
});

test('a photo larger than the budget is taken when it is full, and paid for later', () => {
  const clock = new Clock();
  const budget = createBudget(clock);
  expect(charge(budget, 'a', 90e6)).toBeInstanceOf(FakeResponse);
  expect(charge(budget, 'a', 1e6)).toBe(31);
  clock.ms += 90_000;
  expect(charge(budget, 'a', 90e6)).toBeInstanceOf(FakeResponse);
});

describe('what we fail to do', () => {
  test.each([
    [503, 60e6],
    [200, 0],
    [422, 0],
  ])('with status %d gives back %d pixels', (status, back) => {
    const budget = createBudget(new Clock());
    const response = charge(budget, 'a', 60e6) as FakeResponse;
    response.statusCode = status;
    response.emit('close');
    const next = charge(budget, 'a', 60e6);
    expect(typeof next === 'number' ? 60e6 - next * 1e6 : 60e6).toBe(back);
  });
});

test('whoever has nothing left is refused before the upload', () => {
  const clock = new Clock();
  const budget = createBudget(clock);
  const ask = () => {
    let isPassed = false;
    const response = new FakeResponse('a') as unknown as Response;
    budget.requireSome({} as never, response, () => {
      isPassed = true;
    });
    return isPassed;
  };
  expect(ask()).toBe(true);
  charge(budget, 'a', PER_MINUTE);
  expect(ask).toThrow(/has 0.0 million left/);
  clock.ms += 1000;
  expect(ask()).toBe(true);
});

test('no limit by default', () => {
  const budget = new PixelBudget(0);
  for (let i = 0; i < 10; i++) {
    expect((charge(budget, 'a', 1e9) as FakeResponse).headers).toEqual({});
  }
  expect(budget.clients).toBe(0);
});

test('the clients that are remembered are bounded, and the recent ones are kept', () => {
  const budget = createBudget(new Clock(), 100);
  for (let i = 0; i < 1000; i++) {
    charge(budget, `client ${i}`, 1e6);
    charge(budget, 'steady', 1);
  }
  expect(budget.clients).toBe(100);
  const steady = charge(budget, 'steady', 0) as FakeResponse;
  expect(steady.headers.RateLimit).toBe(`"pixels";r=${PER_MINUTE - 1000};t=1`);
});

test('whoever waits as told is admitted, and nobody gets more than the rate', () => {
  const photo = fc.record({
    pixels: fc.integer({ min: 1, max: 2 * PER_MINUTE }),
    pauseMs: fc.integer({ min: 0, max: 90_000 }),
  });
  const property = fc.property(fc.array(photo, { maxLength: 40 }), (photos) => {
    const clock = new Clock();
    const budget = createBudget(clock);
    let taken = 0;
    let largest = 0;
    for (const { pixels, pauseMs } of photos) {
      clock.ms += pauseMs;
      const waitS = charge(budget, 'a', pixels);
      if (typeof waitS === 'number') {
        clock.ms += waitS * 1000;
        expect(charge(budget, 'a', pixels)).toBeInstanceOf(FakeResponse);
      }
      taken += pixels;
      largest = Math.max(largest, pixels);
      const minutes = (clock.ms - 1000) / 60_000;
      expect(taken).toBeLessThanOrEqual((1 + minutes) * PER_MINUTE + largest);
    }
  });
  fc.assert(property, { seed: 5, numRuns: 200 });
});
