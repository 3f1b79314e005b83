import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../../server/config.ts';
import { checkFormats, checkModels } from '../../../server/doctor/inference.ts';
import {
  checkAllocator,
  checkDisk,
  checkMemory,
  checkNode,
} from '../../../server/doctor/machine.ts';
import { examine, main } from '../../../server/doctor/main.ts';
import { checkPorts } from '../../../server/doctor/network.ts';
import { createModelRepository, removeModelRepository } from '../../support/model-repository.ts';

const MIB = 2 ** 20;
const servers: Server[] = [];
let repository: string;

beforeAll(async () => {
  repository = await createModelRepository();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => removeModelRepository(repository));

async function hold(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('the machine', () => {
  test.each([
    ['20.20.2', 'ok'],
    ['22.1.0', 'ok'],
    ['20.18.9', 'failed'],
    ['23.0.0', 'failed'],
    ['18.20.0', 'failed'],
  ])('Node %s: %s', (version, status) => {
    expect(checkNode(version, '>=20.19 <23')).toMatchObject({ check: 'node', status });
  });

  test('memory that does not hold what the settings allow', () => {
    const config = {
      workers: 8,
      workerMaxRssBytes: 1024 * MIB,
      uploadBudgetBytes: 512 * MIB,
      cacheBytes: 64 * MIB,
    };
    expect(checkMemory(config, 16_384 * MIB).status).toBe('ok');
    expect(checkMemory(config, 4096 * MIB)).toMatchObject({
      status: 'warning',
      fix: 'set DM_WORKERS=3, or lower DM_WORKER_MAX_RSS_BYTES',
    });
  });

  test('a disk, and a folder that is not there', async () => {
    expect((await checkDisk(repository)).found).toMatch(/^\d+ MiB free at /);
    expect(await checkDisk(join(repository, 'nowhere'))).toMatchObject({ status: 'failed' });
  });

  test('a system without glibc', () => {
    expect(checkAllocator('linux', '2.36').status).toBe('ok');
    expect(checkAllocator('linux', undefined)).toMatchObject({ status: 'failed' });
    expect(checkAllocator('darwin', undefined).status).toBe('ok');
  });
});

describe('ports', () => {
  const host = '127.0.0.1';

  test('that are free', async () => {
    const findings = await checkPorts({ host, port: 0, adminPort: 0 });
    expect(findings.map(({ status }) => status)).toEqual(['ok', 'ok']);
  });

  test('that another program holds, or our own', async () => {
    const foreign = await hold((_request, response) => response.end('hello'));
    const ours = await hold((_request, response) => {
      response.setHeader('X-Request-Id', 'a').end('{"status":"alive"}');
    });
    const [port, adminPort] = await checkPorts({ host, port: foreign, adminPort: ours });
    expect(port).toMatchObject({
      status: 'failed',
      fix: expect.stringMatching(/DM_PORT/) as string,
    });
    expect(adminPort).toMatchObject({ status: 'warning' });
    expect(adminPort?.found).toMatch(/held by a deep-makeover/);
  });

  test('that are one, and an address that is not ours', async () => {
    expect(await checkPorts({ host, port: 80, adminPort: 80 })).toMatchObject([
      { status: 'failed', fix: expect.stringMatching(/DM_ADMIN_PORT/) as string },
    ]);
    const [port] = await checkPorts({ host: '203.0.113.9', port: 0, adminPort: 0 });
    expect(port).toMatchObject({
      status: 'failed',
      fix: expect.stringMatching(/DM_HOST/) as string,
    });
  });
});

describe('models', () => {
  const env = (more = {}) => ({ DM_MODEL_REPO: repository, DM_EP: 'cpu', ...more });

  test('that are sound, and one that was damaged', async () => {
    const damaged = await createModelRepository();
    try {
      const path = join(damaged, 'tint', '1', 'model.onnx');
      const model = await readFile(path);
      await writeFile(path, model.fill(0, model.length - 8));
      const findings = await checkModels(loadConfig(env({ DM_MODEL_REPO: damaged })));
      const by = (check: string) => findings.find((finding) => finding.check === check);
      expect(by('provider')).toMatchObject({
        status: 'ok',
        found: expect.stringContaining('cpu') as string,
      });
      expect(by('model identity/1')).toMatchObject({ status: 'ok' });
      expect(by('model tint/1')).toMatchObject({
        status: 'failed',
        found: expect.stringMatching(/SHA-256/) as string,
        fix: expect.stringMatching(/tint\/1/) as string,
      });
      expect(by('models')).toMatchObject({ status: 'ok', found: 'identity/1 would serve' });
    } finally {
      await removeModelRepository(damaged);
    }
  });

  test('on a provider that cannot run', async () => {
    const strict = { DM_EP: 'cuda', DM_EP_STRICT: 'true' };
    const [provider] = await checkModels(loadConfig(env(strict)));
    const runsHere = provider?.found === 'models run on cuda';
    expect(provider?.status).toBe(runsHere ? 'ok' : 'failed');
    if (!runsHere) expect(provider?.fix).toMatch(/\w/);
  });

  test('formats', async () => {
    expect(await checkFormats()).toMatchObject({ status: 'ok' });
  });

  test('a repository that is not there', async () => {
    const findings = await examine({
      ...env({ DM_MODEL_REPO: join(repository, 'x') }),
      DM_PORT: '0',
      DM_ADMIN_PORT: '0',
    });
    expect(findings.find(({ check }) => check === 'models')).toMatchObject({
      status: 'failed',
      fix: 'set DM_MODEL_REPO',
    });
  });
});

describe('the verb', () => {
  function capture() {
    const written: string[] = [];
    const keep = (text: string | Uint8Array) => written.push(String(text)) > 0;
    vi.spyOn(process.stdout, 'write').mockImplementation(keep);
    vi.spyOn(process.stderr, 'write').mockImplementation(keep);
    return written;
  }

  test('all is well: 0; each line tells a check', async () => {
    for (const [name, value] of Object.entries({
      DM_MODEL_REPO: repository,
      DM_EP: 'cpu',
      DM_PORT: '0',
      DM_ADMIN_PORT: '0',
      DM_WORKERS: '1',
    })) {
      vi.stubEnv(name, value);
    }
    const written = capture();
    expect(await main([])).toBe(0);
    expect(written.join('')).toMatch(/^ok {7}node: /);
    expect(written.join('')).toContain('identity/1, tint/1 would serve');
  });

  test('a setting that is none: 1, as JSON where that is asked for', async () => {
    vi.stubEnv('DM_PROT', '80');
    const written = capture();
    expect(await main(['--json'])).toBe(1);
    const { isWell, findings } = JSON.parse(written.join('')) as {
      isWell: boolean;
      findings: { check: string; status: string; fix?: string }[];
    };
    expect(isWell).toBe(false);
    const bad = findings.filter(({ status }) => status !== 'ok');
    expect(bad).toMatchObject([{ check: 'settings', status: 'failed' }]);
    for (const { fix } of bad) expect(fix).toMatch(/\w/);
  });

  test('wrong use: 2', async () => {
    const written = capture();
    expect(await main(['--yaml'])).toBe(2);
    expect(written.join('')).toContain('--yaml');
  });
});
