import type { RequestHandler, Response } from 'express';
import { ProblemError } from '../problem.ts';
import type { Client } from './client.ts';

const MINUTE_MS = 60_000;
/** Whoever has less left than this share of a minute's budget need not upload at all. */
const MIN_SHARE = 1 / 60;
/** Bounds the memory; those not seen for the longest time are forgotten first. */
const MAX_CLIENTS = 10_000;

interface Account {
  /** Pixels to spend; below 0 after a photo larger than a whole minute's budget. */
  pixels: number;
  atMs: number;
}

/**
 * A token bucket for each client (RFC 2697 has the idea): it holds one minute's pixels and fills
 * at that rate. Work is counted in pixels since a photo's cost grows with them.
 */
export class PixelBudget {
  readonly #pixelsPerMinute: number;
  readonly #maxClients: number;
  readonly #nowMs: () => number;
  /** Least recently used first. */
  readonly #accounts = new Map<string, Account>();

  /** @param pixelsPerMinute 0: no limit */
  constructor(pixelsPerMinute: number, maxClients = MAX_CLIENTS, nowMs = () => performance.now()) {
    this.#pixelsPerMinute = pixelsPerMinute;
    this.#maxClients = maxClients;
    this.#nowMs = nowMs;
  }

  /** Clients that are remembered. */
  get clients(): number {
    return this.#accounts.size;
  }

  /** Refuses clients that have used up their budget, before they upload anything. */
  readonly requireSome: RequestHandler = (_request, response, next) => {
    if (this.#pixelsPerMinute > 0) {
      this.#requirePixels(response, Math.ceil(this.#pixelsPerMinute * MIN_SHARE));
    }
    next();
  };

  /**
   * Takes a photo's pixels from its client's budget and tells in the headers RateLimit-Policy and
   * RateLimit what is left (draft-ietf-httpapi-ratelimit-headers-10). A photo larger than a
   * minute's budget is taken when the budget is full, and its client waits the longer afterwards.
   * What we fail to do, with a 5xx answer, is given back.
   *
   * @throws ProblemError RATE_LIMITED
   */
  charge(response: Response, pixels: number): void {
    if (this.#pixelsPerMinute === 0) return;
    const account = this.#requirePixels(response, pixels);
    account.pixels -= pixels;
    this.#describe(response, account);
    response.once('close', () => {
      if (response.statusCode >= 500) account.pixels += pixels;
    });
  }

  /**
   * Takes the pixels of a photo that nobody waits for.
   *
   * @returns milliseconds after which the budget has enough; 0: they were taken
   */
  take(clientId: string, pixels: number): number {
    if (this.#pixelsPerMinute === 0) return 0;
    const account = this.#open(clientId);
    const missing = Math.min(pixels, this.#pixelsPerMinute) - account.pixels;
    if (missing > 0) return (missing / this.#pixelsPerMinute) * MINUTE_MS;
    account.pixels -= pixels;
    return 0;
  }

  #requirePixels(response: Response, pixels: number): Account {
    const account = this.#open((response.locals.client as Client).id);
    const missing = Math.min(pixels, this.#pixelsPerMinute) - account.pixels;
    if (missing <= 0) return account;
    this.#describe(response, account);
    const waitS = this.#secondsUntil(missing);
    throw new ProblemError(
      'RATE_LIMITED',
      `your budget of ${this.#pixelsPerMinute / 1e6} million pixels a minute has ` +
        `${millions(account.pixels)} left, and ${millions(pixels)} are needed: try again in ` +
        `${waitS} s`,
      { 'Retry-After': String(waitS) },
    );
  }

  /** The client's account as it stands now. */
  #open(id: string): Account {
    const nowMs = this.#nowMs();
    const known = this.#accounts.get(id);
    const account = known ?? { pixels: this.#pixelsPerMinute, atMs: nowMs };
    const earned = ((nowMs - account.atMs) / MINUTE_MS) * this.#pixelsPerMinute;
    account.pixels = Math.min(account.pixels + earned, this.#pixelsPerMinute);
    account.atMs = nowMs;
    this.#accounts.delete(id);
    this.#accounts.set(id, account);
    if (this.#accounts.size > this.#maxClients) {
      for (const oldest of this.#accounts.keys()) {
        this.#accounts.delete(oldest);
        break;
      }
    }
    return account;
  }

  #describe(response: Response, { pixels }: Account): void {
    const left = Math.max(0, Math.floor(pixels));
    const fullInS = this.#secondsUntil(this.#pixelsPerMinute - pixels);
    response.set({
      'RateLimit-Policy': `"pixels";q=${this.#pixelsPerMinute};w=60`,
      RateLimit: `"pixels";r=${left};t=${fullInS}`,
    });
  }

  #secondsUntil(pixels: number): number {
    return Math.max(Math.ceil((pixels * 60) / this.#pixelsPerMinute), pixels > 0 ? 1 : 0);
  }
}

function millions(pixels: number): string {
  return `${(Math.max(pixels, 0) / 1e6).toFixed(1)} million`;
}
