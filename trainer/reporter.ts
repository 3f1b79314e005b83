import type { StatsLine } from './training/stats-file.ts';

/** Where a run stands right now. */
export interface RunStatus {
  readonly step: number;
  /** 0 to 1. */
  readonly fraction: number;
  readonly facesPerSecond: number;
  readonly remainingMs: number;
  /** Means since the last line of statistics. */
  readonly losses: Readonly<Record<string, number>>;
}

/** Tells whoever started a run how it goes. */
export interface Reporter {
  note(text: string): void;
  warn(text: string): void;
  /** A new line of the run's statistics. */
  line(line: StatsLine): void;
  status(status: RunStatus): void;
}

/** What a reporter writes to, e.g. `process.stdout`. */
export interface ReportStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A terminal gets a live status line, anything else lines of JSON. */
export function createReporter(stream: ReportStream): Reporter {
  return stream.isTTY === true ? terminalReporter(stream) : jsonReporter(stream);
}

/** One object a line: `event` is "note", "warning", "stats", "validation" or "divergence". */
function jsonReporter(stream: ReportStream): Reporter {
  const write = (event: string, fields: object): void => {
    stream.write(`${JSON.stringify({ event, ...fields })}\n`);
  };
  return {
    note: (text) => write('note', { text }),
    warn: (text) => write('warning', { text }),
    line: (line) => write(kindOf(line), line),
    status: () => undefined,
  };
}

const ERASE_LINE = '\r\u001b[K';
/** The status is rewritten at most this often. */
const STATUS_EVERY_MS = 200;
/** For terminals that do not tell their width. */
const DEFAULT_COLUMNS = 80;

function terminalReporter(stream: ReportStream): Reporter {
  let shownAtMs = Number.NEGATIVE_INFINITY;
  const note = (text: string): void => {
    stream.write(`${ERASE_LINE}${text}\n`);
  };
  return {
    note,
    warn: (text) => note(`warning: ${text}`),
    line: (line) => {
      if ('validation' in line) note(describeValidation(line));
    },
    status: (current) => {
      if (performance.now() - shownAtMs < STATUS_EVERY_MS) return;
      shownAtMs = performance.now();
      // One column stays free: a full line would wrap in some terminals.
      const status = describeStatus(current).slice(0, (stream.columns || DEFAULT_COLUMNS) - 1);
      stream.write(`${ERASE_LINE}${status}`);
    },
  };
}

function kindOf(line: StatsLine): string {
  if ('validation' in line) return 'validation';
  return 'divergence' in line ? 'divergence' : 'stats';
}

function describeStatus({
  step,
  fraction,
  facesPerSecond,
  remainingMs,
  losses,
}: RunStatus): string {
  return [
    `step ${step}`,
    `${(100 * fraction).toFixed(1)} %`,
    `${facesPerSecond.toFixed(1)} faces/s`,
    `${describeDuration(remainingMs)} left`,
    ...Object.entries(losses).map(([name, value]) => `${name} ${value.toFixed(3)}`),
  ].join('  ');
}

function describeValidation({
  step,
  validation,
  isBest,
}: Extract<StatsLine, { readonly validation: unknown }>): string {
  const figures = Object.entries(validation.figures).map(
    ([name, value]) => `${name} ${value.toFixed(3)}`,
  );
  const score = `validation at step ${step}: ${validation.score.toFixed(3)}`;
  return `${score}${isBest ? ', the best so far' : ''} (${figures.join(', ')})`;
}

/** E.g. "2 h 05 min", "7 min", "20 s". */
function describeDuration(durationMs: number): string {
  if (!Number.isFinite(durationMs)) return '?';
  const seconds = Math.round(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
