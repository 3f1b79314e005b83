import type { FacesView } from '../models/contract/api/faces.ts';
import type { ModelsView } from '../models/contract/api/models.ts';
import type { ErrorCode, ProblemDetails } from '../models/contract/api/problem.ts';
import type { InfoView } from '../models/contract/api/service.ts';
import { CodedError } from './failure.ts';

/** A request that the service refused, or that never reached it. */
export class ServiceError extends CodedError {
  override readonly name = 'ServiceError';
}

export interface MakeoverRequest {
  readonly photo: Blob;
  readonly model: string;
  /** 0 to 1. */
  readonly strength: number;
  /** Ids of the faces that are made over; all when left out. */
  readonly faces?: readonly number[];
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
  /** Where the faces of a photo are. */
  faces(photo: Blob): Promise<FacesView>;
  /** Rejects with a ServiceError, or with an AbortError when the signal fires. */
  makeOver(signal: AbortSignal, request: MakeoverRequest): Promise<Makeover>;
}

/** The service at a base address, e.g. the page's own origin; every call rejects with ServiceError. */
export class HttpService implements Service {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  models(): Promise<ModelsView> {
    return this.#request('v1/models', (response) => response.json() as Promise<ModelsView>);
  }

  info(): Promise<InfoView> {
    return this.#request('v1/info', (response) => response.json() as Promise<InfoView>);
  }

  faces(photo: Blob): Promise<FacesView> {
    return this.#request('v1/faces', (response) => response.json() as Promise<FacesView>, {
      method: 'POST',
      body: photo,
    });
  }

  makeOver(signal: AbortSignal, request: MakeoverRequest): Promise<Makeover> {
    const query = new URLSearchParams({
      model: request.model,
      strength: String(request.strength),
      faces: request.faces?.join() ?? 'all',
    });
    if (request.format) query.set('format', request.format);
    const read = async (response: Response): Promise<Makeover> => ({
      image: await response.blob(),
      faces: Number(response.headers.get('X-Faces')),
      modelVersion: response.headers.get('X-Model-Version') ?? request.model,
    });
    return this.#request(`v1/makeover?${query}`, read, {
      method: 'POST',
      body: request.photo,
      signal,
    });
  }

  async #request<T>(
    path: string,
    read: (response: Response) => Promise<T>,
    init: RequestInit = {},
  ): Promise<T> {
    try {
      const response = await fetch(new URL(path, this.#base), init);
      if (!response.ok) throw await readProblem(response);
      return await read(response);
    } catch (error) {
      if (error instanceof ServiceError || init.signal?.aborted) throw error;
      throw new ServiceError('OFFLINE', `${path} cannot be reached, or its answer broke off`);
    }
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
