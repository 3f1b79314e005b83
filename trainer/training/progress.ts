/** Where a run stands: its step, counted from 0, and the share of its time or steps that is over. */
export interface Progress {
  readonly step: number;
  /** 0 to 1. */
  readonly fraction: number;
}
