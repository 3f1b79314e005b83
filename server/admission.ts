import { DrainRate } from './load/drain-rate.ts';
import { FaceEstimate } from './load/face-estimate.ts';
import { type Flow, Reservations } from './load/reservations.ts';
import { ProblemError } from './problem.ts';

/** What all photos that are in may have together. */
export interface Capacity {
  /** Photos uploading, waiting, in work or being sent. */
  readonly requests: number;
  readonly uploadBytes: number;
  readonly pixels: number;
  readonly faces: number;
}

export interface AdmissionOptions {
  readonly capacity: Capacity;
  /** Photos that are worked on at a time. */
  readonly workers: number;
  /** Newcomers are refused when they would wait longer. */
  readonly maxWaitMs: number;
  /** For tests. */
  readonly nowMs?: () => number;
}

/** What is known of a photo before its upload. */
export interface Arrival {
  /** The same for a request and for its repetition after Retry-After, else different. */
  readonly caller: string;
  /** What the upload will have, at most. */
  readonly uploadBytes: number;
}

/** What is known of a photo after its upload; of faces, how many are expected. */
export type Weight = Pick<Capacity, 'uploadBytes' | 'pixels' | 'faces'>;

/** The place of a photo that has been let in. */
export interface Place {
  /**
   * Tells how large the photo is, before it costs a decode.
   *
   * @throws ProblemError QUEUE_FULL
   */
  weigh(weight: Weight): void;
  /** Gives the place back; to be called once. */
  leave(): void;
}

const MIN_PHOTOS_PER_WORKER = 2;
const DRAINING_RETRY_AFTER_S = 5;

const NAMES: Readonly<Record<keyof Capacity, string>> = {
  requests: 'photos',
  uploadBytes: 'bytes of uploads',
  pixels: 'pixels',
  faces: 'faces',
};
const RESOURCES = Object.keys(NAMES) as (keyof Capacity)[];

/** Lets photos in until they have, together, as much as the capacity says of anything. */
export class Admission {
  /** What `Weight.faces` is known from. */
  readonly faces = new FaceEstimate();
  readonly #capacity: Capacity;
  readonly #workers: number;
  readonly #maxWaitMs: number;
  readonly #drainRate: DrainRate;
  readonly #reservations: Reservations;
  #used: Capacity = { requests: 0, uploadBytes: 0, pixels: 0, faces: 0 };
  /** Sum of the photos' shares of the capacity. */
  #fill = 0;
  #isDraining = false;
  #onIdle: (() => void) | undefined;

  constructor({ capacity, workers, maxWaitMs, nowMs = () => performance.now() }: AdmissionOptions) {
    this.#capacity = capacity;
    this.#workers = workers;
    this.#maxWaitMs = maxWaitMs;
    this.#drainRate = new DrainRate(workers, nowMs);
    this.#reservations = new Reservations(nowMs);
  }

  /** Photos that are in. */
  get inProgress(): number {
    return this.#used.requests;
  }

  /** What the photos that are in have together. */
  get used(): Capacity {
    return this.#used;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /**
   * Takes a place.
   *
   * @throws ProblemError QUEUE_FULL or DRAINING
   */
  enter({ caller, uploadBytes }: Arrival): Place {
    if (this.#isDraining) {
      throw new ProblemError('DRAINING', 'the service is stopping: try again soon', {
        'Retry-After': String(DRAINING_RETRY_AFTER_S),
      });
    }
    const isExpected = this.#reservations.claim(caller);
    let held: Capacity = { requests: 1, uploadBytes, pixels: 0, faces: 0 };
    // Until it is weighed it counts like those before it.
    let fill = Math.max(this.#fillOf(held), this.#drainRate.meanFill ?? 0);
    this.#refuseIfFull(caller, held, fill, isExpected);
    let isWeighed = false;
    this.#hold(held, fill, 1);
    return {
      weigh: (weight) => {
        const weighed = { ...weight, requests: 1 };
        const weighedFill = this.#fillOf(weighed);
        this.#hold(held, fill, -1);
        try {
          this.#refuseIfFull(caller, weighed, weighedFill, isExpected || weighedFill <= fill);
          held = weighed;
          fill = weighedFill;
          isWeighed = true;
          this.#drainRate.enter();
        } finally {
          this.#hold(held, fill, 1);
        }
      },
      leave: () => {
        this.#hold(held, fill, -1);
        if (isWeighed) this.#drainRate.leave(fill);
        if (this.#used.requests === 0) this.#onIdle?.();
      },
    };
  }

  /** Lets nobody in any more; resolves when the last one has left. */
  drain(): Promise<void> {
    this.#isDraining = true;
    if (this.#used.requests === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #refuseIfFull(caller: string, wanted: Capacity, fill: number, isExpected: boolean): void {
    const full = RESOURCES.find((resource) => !this.#fits(resource, wanted));
    const flow = this.#flow;
    if (full === undefined && (isExpected || this.#reservations.leaveRoomFor(fill, flow))) return;
    const seconds = this.#reservations.reserve(caller, fill, flow);
    const reason =
      full === undefined
        ? `${this.inProgress} photos are in work or wait, and others were promised the next places`
        : `${this.#used[full]} ${NAMES[full]} of at most ${this.#capacity[full]} are being worked on`;
    throw new ProblemError('QUEUE_FULL', `${reason}: try again in ${seconds} s`, {
      'Retry-After': String(seconds),
    });
  }

  /** What is larger than the capacity by itself may come in when it is alone. */
  #fits(resource: keyof Capacity, wanted: Capacity): boolean {
    const used = this.#used[resource];
    return used === 0 || used + wanted[resource] <= this.#capacity[resource];
  }

  get #flow(): Flow {
    const { perMs, meanFill = 0 } = this.#drainRate;
    // Before anything is measured, a full service is taken to need all the time that it may.
    if (perMs === undefined) {
      return { fill: this.#fill, drainPerMs: 1 / this.#maxWaitMs, limit: 1 };
    }
    // What keeps the workers busy is let in, however slow they are.
    const least = MIN_PHOTOS_PER_WORKER * this.#workers * meanFill;
    const limit = Math.min(Math.max(perMs * this.#maxWaitMs, least), 1);
    return { fill: this.#fill, drainPerMs: perMs, limit };
  }

  /** The share of the capacity that counts: of what is scarcest. */
  #fillOf(wanted: Capacity): number {
    const shares = RESOURCES.map((resource) => wanted[resource] / this.#capacity[resource]);
    return Math.min(Math.max(...shares), 1);
  }

  #hold(held: Capacity, fill: number, sign: 1 | -1): void {
    this.#used = {
      requests: this.#used.requests + sign * held.requests,
      uploadBytes: this.#used.uploadBytes + sign * held.uploadBytes,
      pixels: this.#used.pixels + sign * held.pixels,
      faces: this.#used.faces + sign * held.faces,
    };
    this.#fill = this.#used.requests === 0 ? 0 : this.#fill + sign * fill;
  }
}
