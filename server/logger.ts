import { destination, type Logger, pino } from 'pino';

export type { Logger };

/** JSON lines on stderr: stdout holds nothing but the start line. */
export function createLogger(level: string): Logger {
  // Written at once, so that the last line before an exit is not lost.
  return pino({ level, base: null }, destination({ dest: 2, sync: true }));
}
