/** How full the service is and how fast it drains, as shares of its capacity. */
export interface Flow {
  readonly fill: number;
  readonly drainPerMs: number;
  /** How full it may become. */
  readonly limit: number;
}

interface Reservation {
  readonly caller: string;
  readonly fill: number;
  readonly dueMs: number;
}

/** Places that fall due at about the same time. */
interface Slot {
  readonly reservations: Set<Reservation>;
  fill: number;
}

/** The schedule is kept in slots of this length. */
const SLOT_MS = 250;
/** A client's timer may be early by this. More would let others who look like it take its place. */
const EARLY_MS = 10;
/** A place is kept free for so long after it is due, and promised for the whole grace. */
const HOLD_MS = 500;
const GRACE_MS = 5000;
/** Share of the limit that is kept free, at most, for those who should be back already. */
const MAX_HELD = 0.5;
/** Newcomers leave this share of the limit to the promised places, since no rate is steady. */
const SPARE = 0.2;
/** Places are promised a little more slowly than they become free, since no rate is exact. */
const DRAIN_MARGIN = 0.9;
const MAX_RETRY_AFTER_S = 600;
const MAX_RESERVATIONS = 50_000;
/** Of callers that look alike, such as one that does not wait at all. */
const MAX_PER_CALLER = 1000;
/** Weight of one caller's coming or staying away in the share of those who come back. */
const SHOW_WEIGHT = 0.02;
const MIN_SHOW_RATE = 0.1;
/** Shares of the capacity are sums of fractions. */
const EPSILON = 1e-9;

/**
 * Places promised to refused callers by Retry-After. A caller that waits finds its place free: who
 * comes anew is only let in when all promised places remain. Callers that do not come back are
 * reckoned with, as airlines do, so that places do not stay empty for them.
 */
export class Reservations {
  readonly #nowMs: () => number;
  /** Of each caller, or of several that look alike, the first that falls due first. */
  readonly #byCaller = new Map<string, Reservation[]>();
  readonly #slots = new Map<number, Slot>();
  #size = 0;
  #firstSlot = 0;
  #lastSlot = 0;
  #showRate = 1;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Places that are promised. */
  get size(): number {
    return this.#size;
  }

  /** Whether the caller has waited for its place; it gives the place up by that. */
  claim(caller: string): boolean {
    this.#dropLapsed();
    const reservation = this.#byCaller.get(caller)?.[0];
    if (reservation === undefined || reservation.dueMs - EARLY_MS > this.#nowMs()) return false;
    this.#remove(reservation);
    this.#observe(1);
    return true;
  }

  /** Whether all promises can still be kept when a newcomer takes `fill` of the capacity now. */
  leaveRoomFor(fill: number, flow: Flow): boolean {
    this.#dropLapsed();
    // In whole places: a small service has none to spare.
    const spare = this.size === 0 ? 0 : Math.floor((SPARE * flow.limit) / fill) * fill;
    for (const { level, isDrained } of this.#playAhead(flow, fill)) {
      // By then the newcomer has gone, too.
      if (isDrained) return true;
      if (level > flow.limit - spare + EPSILON) return false;
    }
    return true;
  }

  /**
   * Promises a place of `fill` to a caller.
   *
   * @returns whole seconds after which the caller should come back
   */
  reserve(caller: string, fill: number, flow: Flow): number {
    this.#dropLapsed();
    const nowMs = this.#nowMs();
    const others = this.#byCaller.get(caller) ?? [];
    const last = others.at(-1);
    const isTooMany = last !== undefined && others.length >= MAX_PER_CALLER;
    const roomFromMs = isTooMany ? last.dueMs : this.#roomFrom(fill, flow);
    const seconds = Math.max(Math.ceil((roomFromMs - nowMs) / 1000), 1);
    if (isTooMany) return seconds;
    if (this.#size >= MAX_RESERVATIONS || seconds > MAX_RETRY_AFTER_S) return MAX_RETRY_AFTER_S;
    this.#add({ caller, fill, dueMs: nowMs + seconds * 1000 });
    return seconds;
  }

  /** The time from which on `fill` is free whoever comes. */
  #roomFrom(fill: number, flow: Flow): number {
    let roomFromMs = this.#nowMs();
    for (const { atMs, level } of this.#playAhead(flow, 0)) {
      const missing = level + fill - flow.limit;
      if (missing > EPSILON) roomFromMs = atMs + missing / (flow.drainPerMs * DRAIN_MARGIN);
    }
    return roomFromMs;
  }

  /**
   * Plays the schedule ahead: the service drains, and those who were promised a place come.
   *
   * @param added to how full the service is now
   */
  *#playAhead({ fill, drainPerMs, limit }: Flow, added: number) {
    const nowMs = this.#nowMs();
    const nowSlot = Math.floor(nowMs / SLOT_MS);
    let held = 0;
    for (let number = nowSlot - HOLD_MS / SLOT_MS; number <= nowSlot; number++) {
      held += (this.#slots.get(number)?.fill ?? 0) * this.#showRate;
    }
    let atMs = nowMs;
    let level = fill + added + Math.min(held, MAX_HELD * limit);
    yield { atMs, level, isDrained: false };
    for (let number = nowSlot + 1; number <= this.#lastSlot; number++) {
      const slot = this.#slots.get(number);
      if (slot === undefined) continue;
      level -= (number * SLOT_MS - atMs) * drainPerMs * DRAIN_MARGIN;
      atMs = number * SLOT_MS;
      const isDrained = level <= 0;
      level = Math.max(level, 0) + slot.fill * this.#showRate;
      yield { atMs, level, isDrained };
    }
  }

  #add(reservation: Reservation): void {
    const { caller, fill, dueMs } = reservation;
    const number = Math.floor(dueMs / SLOT_MS);
    if (this.#slots.size === 0) this.#firstSlot = number;
    this.#firstSlot = Math.min(this.#firstSlot, number);
    this.#lastSlot = Math.max(this.#lastSlot, number);
    const slot = this.#slots.get(number) ?? { reservations: new Set(), fill: 0 };
    slot.reservations.add(reservation);
    slot.fill += fill;
    this.#slots.set(number, slot);
    const others = this.#byCaller.get(caller) ?? [];
    const later = others.findIndex((other) => other.dueMs > dueMs);
    others.splice(later < 0 ? others.length : later, 0, reservation);
    this.#byCaller.set(caller, others);
    this.#size++;
  }

  #remove(reservation: Reservation): void {
    const { caller, fill, dueMs } = reservation;
    const others = this.#byCaller.get(caller) ?? [];
    others.splice(others.indexOf(reservation), 1);
    if (others.length === 0) this.#byCaller.delete(caller);
    this.#size--;
    const number = Math.floor(dueMs / SLOT_MS);
    const slot = this.#slots.get(number);
    if (slot === undefined) return;
    slot.reservations.delete(reservation);
    slot.fill -= fill;
    if (slot.reservations.size === 0) this.#slots.delete(number);
  }

  #dropLapsed(): void {
    const lastLapsed = Math.floor((this.#nowMs() - GRACE_MS) / SLOT_MS) - 1;
    for (; this.#firstSlot <= Math.min(lastLapsed, this.#lastSlot); this.#firstSlot++) {
      for (const reservation of this.#slots.get(this.#firstSlot)?.reservations ?? []) {
        this.#remove(reservation);
        this.#observe(0);
      }
    }
  }

  #observe(showed: 0 | 1): void {
    const rate = this.#showRate + SHOW_WEIGHT * (showed - this.#showRate);
    this.#showRate = Math.max(rate, MIN_SHOW_RATE);
  }
}
