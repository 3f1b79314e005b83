import { afterEach, expect, test, vi } from 'vitest';
import { StopSignals } from '../../../trainer/training/stop-signals.ts';
import { SILENT } from '../../support/tiny-training.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('the first signal asks to stop, and what follows at once is the same Ctrl+C', () => {
  vi.useFakeTimers();
  const before = process.listenerCount('SIGINT');
  const notes: string[] = [];
  const signals = new StopSignals({ ...SILENT, note: (text) => notes.push(text) });
  expect(signals.signal.aborted).toBe(false);
  process.emit('SIGINT');
  process.emit('SIGINT');
  expect(signals.signal.aborted).toBe(true);
  expect(notes).toHaveLength(1);
  vi.advanceTimersByTime(999);
  expect(process.listenerCount('SIGINT')).toBe(before + 1);
  // From now on the system's own answer holds: the process ends.
  vi.advanceTimersByTime(1);
  expect(process.listenerCount('SIGINT')).toBe(before);
});

test('a run that ends gives the signals back', () => {
  const before = [process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')];
  new StopSignals(SILENT).release();
  expect([process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')]).toEqual(before);
});
