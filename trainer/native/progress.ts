export type Report = (line: string) => void;

/** A step that takes longer than this reports that it is still at work, and again every so often. */
const HEARTBEAT_MS = 10_000;

/** Reports a step's start, its elapsed time while it lasts, and its end. */
export async function withProgress<T>(
  step: string,
  report: Report,
  action: () => Promise<T>,
): Promise<T> {
  const startMs = performance.now();
  const elapsed = (): string => `${Math.round((performance.now() - startMs) / 1000)} s`;
  report(`${step} ...`);
  const heartbeat = setInterval(() => report(`${step} ... ${elapsed()}`), HEARTBEAT_MS);
  try {
    const result = await action();
    report(`${step}: done in ${elapsed()}`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}
