import { destination, type Logger, pino } from 'pino';

export type { Logger };

/** What waits while the log cannot be written; further lines are lost. */
const MAX_WAITING_BYTES = 2 ** 20;

/** JSON lines on stderr: stdout holds nothing but the start line. */
export function createLogger(level: string): Logger {
  // Written at once, so that the last line before an exit is not lost.
  const stderr = destination({ dest: 2, sync: true, maxLength: MAX_WAITING_BYTES });
  // A full disk or a closed pipe must not end the service; a later line tries again.
  stderr.on('error', () => {});
  return pino({ level, base: null }, stderr);
}
