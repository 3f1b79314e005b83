import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Service } from '../../../server/service.ts';
import { readComposite } from '../../support/composites.ts';
import { fuzzService } from '../../support/fuzz-service.ts';
import { startTestService } from '../../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startTestService({ DM_WORKERS: '2', DM_LOG_LEVEL: 'silent' });
});
afterAll(() => service.stop());

/** A few seconds on a machine that has nothing else to do. */
const TIMEOUT_MS = 180_000;

test(
  '1,000 malformed bodies: every one is answered as the fault of its client',
  async () => {
    const { pids } = service.context.pool;
    const { statuses, faults } = await fuzzService(service, {
      seed: 5,
      bodies: 1000,
      onHundred: async () => {
        expect((await fetch(`${service.adminUrl}/livez`)).status).toBe(200);
        expect((await fetch(`${service.adminUrl}/readyz`)).status).toBe(200);
      },
    });
    expect(faults).toEqual([]);
    // Every kind of refusal was met, and some changed photos were sound still.
    for (const status of [200, 400, 415, 422]) expect(statuses).toHaveProperty(String(status));
    // No worker was lost, and no place.
    expect(service.context.pool.pids).toEqual(pids);
    await expect.poll(() => service.context.admission.inProgress).toBe(0);
    const init = { method: 'POST', body: new Uint8Array(readComposite()) };
    expect((await fetch(`${service.url}/v1/makeover?model=tint`, init)).status).toBe(200);
  },
  TIMEOUT_MS,
);
