import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Service } from '../../../server/service.ts';
import { startTestService } from '../../support/service.ts';

let service: Service;

beforeAll(async () => {
  service = await startTestService({ DM_WORKERS: '1' });
});
afterAll(() => service.stop());

const statusOf = async (url: string) => (await fetch(url)).status;

test('health tells of a killed worker, and of the one in its place', async () => {
  const { url, adminUrl, context } = service;
  const [killed] = context.pool.pids;
  expect(await statusOf(`${adminUrl}/readyz`)).toBe(200);
  process.kill(killed ?? 0, 'SIGKILL');
  // Another process has to start and load its models before there can be a worker again.
  await expect.poll(() => statusOf(`${adminUrl}/readyz`)).toBe(503);
  expect(await statusOf(`${url}/healthz`)).toBe(503);
  expect(await statusOf(`${adminUrl}/livez`)).toBe(200);
  await expect.poll(() => statusOf(`${adminUrl}/readyz`)).toBe(200);
  expect(await statusOf(`${url}/healthz`)).toBe(200);
  expect(context.pool.pids).not.toContain(killed);
});
