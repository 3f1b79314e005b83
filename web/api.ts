import type { ErrorCode, InfoView, ModelsView, ProblemDetails } from '../models/contract/api.ts';
import type { FailureCode } from './texts.ts';

/** A request that the service refused, or that never reached it. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: FailureCode;

  constructor(code: FailureCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

export interface MakeoverRequest {
  readonly photo: Blob;
  readonly model: string;
  /** 0 to 1. */
  readonly strength: number;
  /** The photo's own format when left out. */
  readonly format?: 'jpeg';
}

export interface Makeover {
  /** The whole photo at its own size. */
  readonly image: Blob;
  readonly faces: number;
  /** For example "feminine/1". */
  readonly modelVersion: string;
}

/** What the page asks of the service. */
export interface Service {
  models(): Promise<ModelsView>;
  info(): Promise<InfoView>;
  /** Rejects with a ServiceError, or with an AbortError when the signal fires. */
  makeOver(signal: AbortSignal, request: MakeoverRequest): Promise<Makeover>;
}

/** The service at a base address, e.g. the page's own origin; every call rejects with ServiceError. */
export class HttpService implements Service {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  async models(): Promise<ModelsView> {
    return (await this.#request('v1/models')).json() as Promise<ModelsView>;
  }

  async info(): Promise<InfoView> {
    return (await this.#request('v1/info')).json() as Promise<InfoView>;
  }

  async makeOver(signal: AbortSignal, request: MakeoverRequest): Promise<Makeover> {
    const query = new URLSearchParams({
      model: request.model,
      strength: String(request.strength),
      faces: 'all',
    });
    if (request.format) query.set('format', request.format);
    const response = await this.#request(`v1/makeover?${query}`, {
      method: 'POST',
      body: request.photo,
      signal,
    });
    return {
      image: await response.blob(),
      faces: Number(response.headers.get('X-Faces')),
      modelVersion: response.headers.get('X-Model-Version') ?? request.model,
    };
  }

  async #request(path: string, init: RequestInit = {}): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(new URL(path, this.#base), init);
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new ServiceError('OFFLINE', `${path} cannot be reached`);
    }
    if (response.ok) return response;
    throw await readProblem(response);
  }
}

/** A proxy between us and the service may answer with something that is no problem+json. */
async function readProblem(response: Response): Promise<ServiceError> {
  if (response.headers.get('Content-Type')?.startsWith('application/problem+json')) {
    const problem = (await response.json()) as ProblemDetails;
    return new ServiceError(problem.code satisfies ErrorCode, problem.detail);
  }
  return new ServiceError('UNEXPECTED', `The service answered with status ${response.status}.`);
}
