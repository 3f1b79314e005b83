import { Admission, type Capacity, type Place } from '../../../server/admission.ts';
import { ProblemError } from '../../../server/problem.ts';

export interface CrowdOptions {
  readonly capacity: Capacity;
  readonly workers: number;
  /** How long a worker has the photo with the given number. */
  readonly workMs: (photo: number) => number;
  readonly pixels: (photo: number) => number;
  /** New photos each second, while they come. */
  readonly arrivalsPerS: number;
  /** They come from then to then. */
  readonly fromMs?: number;
  readonly untilMs: number;
  /** The simulation ends. */
  readonly endMs: number;
  /** Number of callers that can be told apart; every caller differs when absent. */
  readonly looks?: number;
  /** Share of the refused that never come back. */
  readonly leavers: number;
}

const MAX_WAIT_MS = 15_000;

export interface CrowdOutcome {
  done: number;
  /** Those done while photos came. */
  doneUntil: number;
  /** Refused callers that came back when they were told to, and of these, who got in. */
  waited: number;
  waitedAndAdmitted: number;
  longestWaitS: number;
  /** From being let in to being done. */
  longestMs: number;
}

interface Event {
  readonly atMs: number;
  readonly act: () => void;
}

/** Photos, workers and callers in simulated time: each refused caller comes back when it is told. */
export function simulateCrowd(options: CrowdOptions): CrowdOutcome {
  const { capacity, workers } = options;
  const clock = new Clock();
  const admission = new Admission({
    capacity,
    workers,
    maxWaitMs: MAX_WAIT_MS,
    nowMs: () => clock.nowMs,
  });
  const outcome = {
    done: 0,
    doneUntil: 0,
    waited: 0,
    waitedAndAdmitted: 0,
    longestWaitS: 0,
    longestMs: 0,
  };
  const queue: { readonly photo: number; readonly place: Place; readonly atMs: number }[] = [];
  let idle = workers;

  const work = (): void => {
    while (idle > 0) {
      const next = queue.shift();
      if (next === undefined) return;
      idle--;
      clock.after(options.workMs(next.photo), () => {
        idle++;
        next.place.leave();
        outcome.done++;
        outcome.longestMs = Math.max(outcome.longestMs, clock.nowMs - next.atMs);
        if (clock.nowMs <= options.untilMs) outcome.doneUntil++;
        work();
      });
    }
  };
  const request = (photo: number, hasWaited: boolean): void => {
    if (hasWaited) outcome.waited++;
    const caller = String(options.looks === undefined ? photo : photo % options.looks);
    let place: Place | undefined;
    try {
      place = admission.enter({ caller, uploadBytes: 1 });
      place.weigh({ uploadBytes: 1, pixels: options.pixels(photo), faces: 1 });
    } catch (error) {
      place?.leave();
      if (!(error instanceof ProblemError)) throw error;
      if ((photo * 0.618) % 1 < options.leavers) return;
      const waitS = Number(error.headers['Retry-After']);
      outcome.longestWaitS = Math.max(outcome.longestWaitS, waitS);
      clock.after(waitS * 1000 + 5 + (photo % 7), () => request(photo, true));
      return;
    }
    if (hasWaited) outcome.waitedAndAdmitted++;
    queue.push({ photo, place, atMs: clock.nowMs });
    work();
  };

  let photos = 0;
  const arrive = (): void => {
    request(photos++, false);
    if (clock.nowMs >= options.untilMs) return;
    // Not in step with the whole seconds of Retry-After.
    const irregular = 0.5 + ((photos * 0.7548776662) % 1);
    clock.after((1000 / options.arrivalsPerS) * irregular, arrive);
  };
  clock.after(options.fromMs ?? 0, arrive);
  clock.runUntil(options.endMs);
  return outcome;
}

/** Time that passes from event to event. */
class Clock {
  nowMs = 0;
  /** A heap: the next event is first. */
  readonly #events: Event[] = [];

  after(delayMs: number, act: () => void): void {
    const events = this.#events;
    const event = { atMs: this.nowMs + delayMs, act };
    let at = events.push(event) - 1;
    for (let parent = (at - 1) >> 1; at > 0; parent = (at - 1) >> 1) {
      if ((events[parent] as Event).atMs <= event.atMs) break;
      events[at] = events[parent] as Event;
      at = parent;
    }
    events[at] = event;
  }

  runUntil(endMs: number): void {
    for (let next = this.#take(); next && next.atMs <= endMs; next = this.#take()) {
      this.nowMs = next.atMs;
      next.act();
    }
  }

  #take(): Event | undefined {
    const events = this.#events;
    const [first] = events;
    const last = events.pop();
    if (last === undefined || events.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= events.length) break;
      const right = events[child + 1];
      if (right !== undefined && right.atMs < (events[child] as Event).atMs) child++;
      if ((events[child] as Event).atMs >= last.atMs) break;
      events[at] = events[child] as Event;
      at = child;
    }
    events[at] = last;
    return first;
  }
}
