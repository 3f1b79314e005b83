/** What one check of the doctor found. */
export interface Finding {
  readonly check: string;
  /** `warning`: it serves, but not as well as it could. */
  readonly status: 'ok' | 'warning' | 'failed';
  readonly found: string;
  /** What to do; there whenever the status is not `ok`. */
  readonly fix?: string;
}

export function ok(check: string, found: string): Finding {
  return { check, status: 'ok', found };
}

export function warning(check: string, found: string, fix: string): Finding {
  return { check, status: 'warning', found, fix };
}

export function failed(check: string, found: string, fix: string): Finding {
  return { check, status: 'failed', found, fix };
}
