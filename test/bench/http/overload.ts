import { setTimeout as wait } from 'node:timers/promises';
import type { PhotoClient } from './client.ts';
import type { Photos } from './photos.ts';

export interface OverloadFigures {
  readonly photosPerS: number;
  readonly refused: number;
  /** Of those that came back when they were told to. */
  readonly waited: number;
  readonly waitedAndAdmitted: number;
}

/**
 * Sends photos at a given rate, whatever becomes of them. Who is refused comes back once, when it
 * was told to; those that would come back after the end are not awaited.
 */
export async function overload(
  client: PhotoClient,
  photos: Photos,
  photosPerS: number,
  seconds: number,
): Promise<OverloadFigures> {
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  const figures = { done: 0, refused: 0, waited: 0, waitedAndAdmitted: 0 };
  const inFlight: Promise<void>[] = [];

  const send = async (photo: Buffer, hasWaited: boolean): Promise<void> => {
    const { status, retryAfterS } = await client.post(photo);
    if (status !== 200 && status !== 503) throw new Error(`the service answered ${status}`);
    if (status === 200 && performance.now() < endMs) figures.done++;
    if (hasWaited) {
      figures.waited++;
      if (status === 200) figures.waitedAndAdmitted++;
      return;
    }
    if (status === 200) return;
    figures.refused++;
    if (performance.now() + retryAfterS * 1000 > endMs) return;
    await wait(retryAfterS * 1000);
    await send(photo, true);
  };

  for (let sent = 0; performance.now() < endMs; sent++) {
    inFlight.push(send(photos.next(), false));
    await wait(Math.max(startMs + ((sent + 1) * 1000) / photosPerS - performance.now(), 0));
  }
  await Promise.all(inFlight);
  return { ...figures, photosPerS: figures.done / seconds };
}
