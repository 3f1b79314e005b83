import { describe, expect, test } from 'vitest';
import { Deadline } from '../../../server/routes/deadline.ts';

const late = expect.objectContaining({ code: 'DEADLINE_EXCEEDED' }) as unknown;

describe('X-Timeout-Ms', () => {
  test.each(['0', '-1', '1.5', 'soon', '', '99999999999'])('"%s" is refused', (wanted) => {
    expect(() => new Deadline(wanted, 1000)).toThrow(
      expect.objectContaining({ code: 'BAD_PARAMETER' }),
    );
  });

  test('is capped by what the service waits', () => {
    expect(new Deadline('5000', 1000).leftMs).toBeLessThanOrEqual(1000);
  });

  test('counts from the arrival and ends an upload', async () => {
    const deadline = new Deadline('20', 1000);
    const endless = new Promise<never>(() => {});
    await expect(deadline.during(endless)).rejects.toEqual(late);
    expect(() => deadline.requireTime()).toThrow(late);
  });

  test('without it an upload may take its time', async () => {
    const deadline = new Deadline(undefined, 1000);
    await expect(deadline.during(Promise.resolve('photo'))).resolves.toBe('photo');
    expect(deadline.leftMs).toBe(1000);
  });
});
