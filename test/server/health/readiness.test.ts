import { afterEach, expect, test, vi } from 'vitest';
import { Readiness } from '../../../server/health/readiness.ts';
import type { PoolHealth } from '../../../server/photo/pool-health.ts';
import type { ServiceContext } from '../../../server/service-context.ts';
import { createIdleContext } from '../../support/idle-context.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A service whose models serve, and whose workers answer as `probe` does. */
function contextWith(probe: () => Promise<PoolHealth>, isDraining = false): ServiceContext {
  const context = createIdleContext();
  const registry = { provider: 'cpu', served: ['tint/1'], failed: [] };
  return {
    ...context,
    registry: registry as unknown as ServiceContext['registry'],
    pool: { probe, isReady: true } as unknown as ServiceContext['pool'],
    admission: { isDraining } as unknown as ServiceContext['admission'],
  };
}

const healthy: PoolHealth = {
  isReady: true,
  workers: [{ pid: 1, state: 'busy', provenMsAgo: 10 }],
};

test('ready: models serve and a worker answers', async () => {
  const view = await new Readiness(contextWith(async () => healthy)).view();
  expect(view).toMatchObject({ status: 'ready', reasons: [], workers: { answering: 1 } });
});

test('not ready: no worker answers, and why', async () => {
  const broken: PoolHealth = {
    isReady: false,
    workers: [{ pid: 1, state: 'failed', provenMsAgo: undefined, reason: 'out of memory' }],
  };
  const view = await new Readiness(contextWith(async () => broken)).view();
  expect(view).toMatchObject({ status: 'not ready', workers: { answering: 0 } });
  expect(view.reasons.join()).toContain('out of memory');
});

test('not ready: the workers keep us waiting', async () => {
  vi.useFakeTimers();
  const readiness = new Readiness(contextWith(() => new Promise(() => {})));
  const view = readiness.view();
  await vi.advanceTimersByTimeAsync(3000);
  expect((await view).status).toBe('not ready');
  expect((await view).reasons.join()).toMatch(/not answered within 3000 ms/);
});

test('draining, whatever the workers say', async () => {
  const view = await new Readiness(contextWith(async () => healthy, true)).view();
  expect(view).toMatchObject({ status: 'draining', reasons: ['the service is stopping'] });
});

test('starting: there is nothing to prove', async () => {
  const view = await new Readiness(createIdleContext()).view();
  expect(view).toMatchObject({ status: 'starting', reasons: ['the models are being loaded'] });
});

test('many who ask cost one proof, which is soon too old', async () => {
  vi.useFakeTimers();
  const probe = vi.fn(async () => healthy);
  const readiness = new Readiness(contextWith(probe));
  await Promise.all([readiness.view(), readiness.view(), readiness.view()]);
  await readiness.view();
  expect(probe).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1500);
  await readiness.view();
  expect(probe).toHaveBeenCalledTimes(2);
});
