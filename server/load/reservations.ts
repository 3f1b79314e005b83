/** How full the service is and how fast it drains, as shares of its capacity. */
export interface Flow {
  readonly fill: number;
  readonly drainPerMs: number;
}

interface Reservation {
  readonly fill: number;
  readonly slot: number;
}

/** Places that fall due at about the same time. */
interface Slot {
  readonly callers: Set<string>;
  fill: number;
}

/** The schedule is kept in slots of this length. */
const SLOT_MS = 250;
/** A client's clock and ours may differ by this when it comes back. */
const EARLY_MS = 100;
/** A place is kept free for so long after it is due, and promised for the whole grace. */
const HOLD_MS = 500;
const GRACE_MS = 5000;
/** Share of the capacity that is kept free, at most, for those who should be back already. */
const MAX_HELD = 0.5;
/** Places are promised a little more slowly than they become free, since no rate is exact. */
const DRAIN_MARGIN = 0.9;
const MAX_RETRY_AFTER_S = 600;
const MAX_RESERVATIONS = 50_000;
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
  readonly #byCaller = new Map<string, Reservation>();
  readonly #slots = new Map<number, Slot>();
  #firstSlot = 0;
  #lastSlot = 0;
  #showRate = 1;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Places that are promised. */
  get size(): number {
    return this.#byCaller.size;
  }

  /** Whether the caller has waited for its place; it gives the place up by that. */
  claim(caller: string): boolean {
    this.#dropLapsed();
    const reservation = this.#byCaller.get(caller);
    if (reservation === undefined) return false;
    if (reservation.slot * SLOT_MS - EARLY_MS > this.#nowMs()) return false;
    this.#remove(caller, reservation);
    this.#observe(1);
    return true;
  }

  /** Whether all promises can still be kept when a newcomer takes `fill` of the capacity now. */
  leaveRoomFor(fill: number, flow: Flow): boolean {
    this.#dropLapsed();
    for (const { level, isDrained } of this.#playAhead(flow.fill + fill, flow.drainPerMs)) {
      // By then the newcomer has gone, too.
      if (isDrained) return true;
      if (level > 1 + EPSILON) return false;
    }
    return true;
  }

  /**
   * Promises a place of `fill` to a caller. One that comes back too early keeps its first promise.
   *
   * @returns whole seconds after which the caller should come back
   */
  reserve(caller: string, fill: number, flow: Flow): number {
    this.#dropLapsed();
    const nowMs = this.#nowMs();
    const earlier = this.#byCaller.get(caller);
    const dueMs = earlier ? earlier.slot * SLOT_MS + SLOT_MS : this.#roomFrom(fill, flow);
    const seconds = Math.max(Math.ceil((dueMs - nowMs) / 1000), 1);
    if (earlier === undefined) {
      const isTooMany = this.#byCaller.size >= MAX_RESERVATIONS || seconds > MAX_RETRY_AFTER_S;
      if (isTooMany) return MAX_RETRY_AFTER_S;
      this.#add(caller, { fill, slot: Math.floor((nowMs + seconds * 1000) / SLOT_MS) });
    }
    return seconds;
  }

  /** The time from which on `fill` is free whoever comes. */
  #roomFrom(fill: number, flow: Flow): number {
    let roomFromMs = this.#nowMs();
    for (const { atMs, level } of this.#playAhead(flow.fill, flow.drainPerMs)) {
      const missing = level + fill - 1;
      if (missing > EPSILON) roomFromMs = atMs + missing / (flow.drainPerMs * DRAIN_MARGIN);
    }
    return roomFromMs;
  }

  /**
   * Plays the schedule ahead: the service drains, and those who were promised a place come.
   *
   * @param fill how full the service is now
   */
  *#playAhead(fill: number, drainPerMs: number) {
    const nowMs = this.#nowMs();
    const nowSlot = Math.floor(nowMs / SLOT_MS);
    let held = 0;
    for (let number = nowSlot - HOLD_MS / SLOT_MS; number <= nowSlot; number++) {
      held += (this.#slots.get(number)?.fill ?? 0) * this.#showRate;
    }
    let atMs = nowMs;
    let level = fill + Math.min(held, MAX_HELD);
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

  #add(caller: string, reservation: Reservation): void {
    const { slot: number, fill } = reservation;
    if (this.#slots.size === 0) this.#firstSlot = number;
    this.#firstSlot = Math.min(this.#firstSlot, number);
    this.#lastSlot = Math.max(this.#lastSlot, number);
    const slot = this.#slots.get(number) ?? { callers: new Set(), fill: 0 };
    slot.callers.add(caller);
    slot.fill += fill;
    this.#slots.set(number, slot);
    this.#byCaller.set(caller, reservation);
  }

  #remove(caller: string, { slot: number, fill }: Reservation): void {
    this.#byCaller.delete(caller);
    const slot = this.#slots.get(number);
    if (slot === undefined) return;
    slot.callers.delete(caller);
    slot.fill -= fill;
    if (slot.callers.size === 0) this.#slots.delete(number);
  }

  #dropLapsed(): void {
    const lastLapsed = Math.floor((this.#nowMs() - GRACE_MS) / SLOT_MS) - 1;
    for (; this.#firstSlot <= Math.min(lastLapsed, this.#lastSlot); this.#firstSlot++) {
      for (const caller of this.#slots.get(this.#firstSlot)?.callers ?? []) {
        this.#byCaller.delete(caller);
        this.#observe(0);
      }
      this.#slots.delete(this.#firstSlot);
    }
  }

  #observe(showed: 0 | 1): void {
    const rate = this.#showRate + SHOW_WEIGHT * (showed - this.#showRate);
    this.#showRate = Math.max(rate, MIN_SHOW_RATE);
  }
}
