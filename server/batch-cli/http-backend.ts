import { setTimeout as delay } from 'node:timers/promises';
import type { ModelDetailView } from '../../models/contract/api/models.ts';
import type { ErrorCode, ProblemDetails } from '../../models/contract/api/problem.ts';
import type { InfoView } from '../../models/contract/api/service.ts';
import { ProblemError } from '../problem.ts';
import type { Backend, MakeoverValues, PhotoInput, PhotoOutput } from './backend.ts';
import { RunError } from './failure.ts';

export interface HttpBackendOptions {
  /** Of the service's public port. */
  readonly url: string;
  readonly key: string | undefined;
  readonly model: string;
  /** Undefined: the version that serves when the run starts. */
  readonly version: number | undefined;
  readonly values: MakeoverValues;
  /** A service that gives no answer for so long is taken to be gone. */
  readonly patienceMs?: number;
}

/** A restart of the service, with its models, fits in. */
const PATIENCE_MS = 60_000;
const RETRY_DELAY_MS = { first: 250, max: 5000 } as const;
/** For refusals that may be gone the next time, but do not say when. */
const MAX_TRIES = 3;
const PASSING_CODES: readonly ErrorCode[] = [
  'DEADLINE_EXCEEDED',
  'DRAINING',
  'QUEUE_FULL',
  'RATE_LIMITED',
  'UPLOAD_TOO_SLOW',
];
/** Keeps the workers of a usual service busy and leaves its queue to others. */
const CONCURRENCY = 4;

/**
 * A service, asked for one photo at a time by POST /v1/makeover. All photos get the version that
 * serves at the start, also when another one is activated meanwhile.
 *
 * @throws RunError when the service cannot be reached, or refuses the key or the model
 */
export async function openHttpBackend(options: HttpBackendOptions): Promise<Backend> {
  const client = new ServiceClient(options);
  const { limits } = (await client.get('/v1/info')) as InfoView;
  const path = `/v1/models/${encodeURIComponent(options.model)}`;
  const model = (await client.get(path)) as ModelDetailView;
  const version = options.version ?? model.version;
  if (!model.versions.some((published) => published.version === version)) {
    const known = model.versions.map((published) => published.version).join(', ');
    throw new RunError(2, `there is no version ${version} of ${model.name}: there is ${known}`);
  }
  return {
    modelVersion: `${options.model}/${version}`,
    maxFileBytes: limits.maxUploadBytes,
    concurrency: CONCURRENCY,
    makeOver: (photo, signal) => client.makeOver(photo, version, signal),
    close: async () => undefined,
  };
}

class ServiceClient {
  readonly #options: HttpBackendOptions;
  readonly #patienceMs: number;
  /** Since when no answer has come; undefined after an answer. */
  #silentSinceMs: number | undefined;

  constructor(options: HttpBackendOptions) {
    this.#options = options;
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
  }

  /** @throws RunError: who asks so has no photo in hand that could fail alone */
  async get(path: string): Promise<unknown> {
    const { url } = this.#options;
    let response: Response;
    let body: string;
    try {
      response = await fetch(this.#address(path), { headers: this.#headers });
      body = await response.text();
    } catch (error) {
      throw this.#unreachable(error);
    }
    const answer = parseJson(body);
    if (response.ok && answer !== undefined) return answer;
    const problem = response.ok ? undefined : problemOf(answer);
    throw new RunError(
      problem === undefined || response.status >= 500 ? 3 : 2,
      problem === undefined
        ? `${url} answers by status ${response.status} and no JSON: is that a deep-makeover service?`
        : `${problem.code}: ${problem.message}`,
    );
  }

  /** Waits and asks again until there is a result or a refusal that will stay. */
  async makeOver(photo: PhotoInput, version: number, signal: AbortSignal): Promise<PhotoOutput> {
    let delayMs: number = RETRY_DELAY_MS.first;
    for (let tries = 1; ; ) {
      let waitMs = delayMs;
      try {
        const response = await this.#post(photo, version, signal);
        if (response.ok) return await readResult(response);
        const { problem, mayPass, retryAfterMs } = await readRefusal(response);
        // Who is told when to come again has an answer that counts as no try.
        if (retryAfterMs === undefined && (!mayPass || tries++ >= MAX_TRIES)) throw problem;
        waitMs = retryAfterMs ?? delayMs;
      } catch (error) {
        if (signal.aborted || error instanceof ProblemError) throw error;
        this.#silentSinceMs ??= performance.now();
        if (performance.now() - this.#silentSinceMs > this.#patienceMs) {
          throw this.#unreachable(error);
        }
      }
      delayMs = Math.min(2 * delayMs, RETRY_DELAY_MS.max);
      await delay(waitMs, undefined, { signal });
    }
  }

  async #post(photo: PhotoInput, version: number, signal: AbortSignal): Promise<Response> {
    const { model, values } = this.#options;
    const query = new URLSearchParams({
      model,
      version: String(version),
      ...values,
      format: photo.format,
    });
    const response = await fetch(this.#address(`/v1/makeover?${query.toString()}`), {
      method: 'POST',
      headers: { ...this.#headers, 'Content-Type': `image/${photo.photoFormat}` },
      body: new Uint8Array(photo.file),
      signal,
    });
    this.#silentSinceMs = undefined;
    return response;
  }

  #address(path: string): string {
    return `${this.#options.url.replace(/\/+$/, '')}${path}`;
  }

  get #headers(): Record<string, string> {
    const { key } = this.#options;
    return key === undefined ? {} : { Authorization: `Bearer ${key}` };
  }

  #unreachable(error: unknown): RunError {
    const { cause } = error as { cause?: unknown };
    const reason = cause instanceof Error ? cause.message : String(error);
    return new RunError(
      3,
      `no service answers at ${this.#options.url} (${reason}): start one with deep-makeover serve, ` +
        'name another by --server, or use --local',
    );
  }
}

async function readResult(response: Response): Promise<PhotoOutput> {
  const file = new Uint8Array(await response.arrayBuffer());
  return { file, faces: Number(response.headers.get('X-Faces') ?? 0) };
}

interface Refusal {
  readonly problem: ProblemError;
  /** Whether it says something about this moment, and nothing about the photo. */
  readonly mayPass: boolean;
  readonly retryAfterMs: number | undefined;
}

async function readRefusal(response: Response): Promise<Refusal> {
  const { status, headers } = response;
  const problem = problemOf(parseJson(await response.text()));
  const isBusy = status === 429 || status === 503;
  const retryAfterMs = isBusy ? parseRetryAfter(headers.get('Retry-After')) : undefined;
  if (problem !== undefined) {
    return { problem, mayPass: PASSING_CODES.includes(problem.code), retryAfterMs };
  }
  const detail = `the service answers by status ${status} and no reason`;
  // A proxy in front of the service answers so.
  const mayPass = status === 429 || status >= 500;
  return { problem: new ProblemError('INTERNAL', detail), mayPass, retryAfterMs };
}

function problemOf(answer: unknown): ProblemError | undefined {
  if (typeof answer !== 'object' || answer === null || !('code' in answer)) return undefined;
  const { code, detail } = answer as ProblemDetails;
  return new ProblemError(code, detail);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Milliseconds to wait, of seconds or a date (RFC 9110, 10.2.3).
 *
 * @returns undefined when the header is missing or cannot be read
 */
export function parseRetryAfter(value: string | null, nowMs = Date.now()): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
