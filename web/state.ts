import type { ModelView } from '../models/contract/api/models.ts';
import type { Service } from './api.ts';
import type { Failure } from './failure.ts';
import type { MakerParts, Place } from './maker.ts';
import type { Look, Photo } from './photo.ts';
import type { KnownLimits } from './texts.ts';

/** What the page shows. */
export interface State {
  /** Those that serve; empty until the service has answered. */
  readonly models: readonly ModelView[];
  /** Finds the faces on this device; missing where the service offers none to devices. */
  readonly detector: ModelView | undefined;
  /** Name of the model that the next photo gets. */
  readonly model: string | undefined;
  readonly limits: KnownLimits | undefined;
  readonly place: Place;
  /** In the order in which they came. */
  readonly photos: readonly Photo[];
  /** Of the photo that is shown large. */
  readonly currentId: number | undefined;
  /** What went wrong outside of any photo. */
  readonly failure: Failure | undefined;
}

export const INITIAL_STATE: State = {
  models: [],
  detector: undefined,
  model: undefined,
  limits: undefined,
  place: 'auto',
  photos: [],
  currentId: undefined,
  failure: undefined,
};

export interface StoreParts extends MakerParts {
  readonly service: Service;
  /** What this browser makes of a file at first sight. */
  readonly lookAt: (file: Blob) => Promise<Look>;
  readonly onChange: (state: State) => void;
}

/** The photo that is shown large. */
export function currentPhoto({ photos, currentId }: State): Photo | undefined {
  return photos.find(({ id }) => id === currentId);
}

/** The photo to make over next: the shown one, else the one that is worked on, else the first. */
export function nextToMake({ photos, currentId }: State): Photo | undefined {
  const open = photos.filter(({ work }) => work.phase === 'waiting' || work.phase === 'working');
  return (
    open.find(({ id }) => id === currentId) ??
    open.find(({ work }) => work.phase === 'working') ??
    open[0]
  );
}
