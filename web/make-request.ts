import type { ModelView } from '../models/contract/api/models.ts';
import { type Service, ServiceError } from './api.ts';
import type { MakeRequest } from './maker.ts';
import { chosenFaces, type Photo } from './photo.ts';
import type { State } from './state.ts';
import type { KnownLimits } from './texts.ts';

/** What a service offers. */
export interface Catalog {
  /** Those that serve. */
  readonly models: readonly [ModelView, ...ModelView[]];
  readonly detector: ModelView | undefined;
  readonly limits: KnownLimits;
}

/**
 * Asks a service what it offers.
 *
 * @throws ServiceError, also when no model serves
 */
export async function loadCatalog(service: Service): Promise<Catalog> {
  const [view, info] = await Promise.all([service.models(), service.info()]);
  const [first, ...others] = view.models.filter(({ state }) => state === 'active');
  if (!first) throw new ServiceError('NO_MODEL', 'The service has no model that is ready.');
  const limits = { ...info.limits, inputTypes: info.inputTypes };
  return { models: [first, ...others], detector: view.detector, limits };
}

/**
 * What to ask for a photo as it was edited.
 *
 * @param strength 0 to 1
 * @throws ServiceError when its model is gone
 */
export function requestFor(state: State, photo: Photo, strength: number): MakeRequest {
  const { models, limits, detector } = state;
  const name = photo.edits.model ?? state.model;
  const generator = models.find((known) => known.name === name);
  if (!generator || !limits) throw new ServiceError('MODEL_NOT_FOUND', `There is no ${name}.`);
  const { file, isShowable } = photo;
  const faces = chosenFaces(photo);
  return { file, isShowable, generator, detector, limits, strength, ...(faces && { faces }) };
}
