import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { readComposite } from '../../support/composites.ts';
import { createModelRepository, removeModelRepository } from '../../support/model-repository.ts';

const CLI = fileURLToPath(new URL('../../../server/cli.ts', import.meta.url));

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

interface LogLine {
  readonly level: number;
  readonly requestId?: string;
  readonly status?: number | string;
}

test('SIGTERM: not ready, finishes what was begun, exit code 0; the log has the request', async () => {
  const repository = await createModelRepository();
  const [port, adminPort] = [await findFreePort(), await findFreePort()];
  const child = spawn(process.execPath, ['--import', 'tsx', CLI, 'serve'], {
    env: {
      ...process.env,
      DM_MODEL_REPO: repository,
      DM_EP: 'cpu',
      DM_WORKERS: '1',
      DM_PORT: String(port),
      DM_ADMIN_PORT: String(adminPort),
      DM_DRAIN_TIMEOUT_MS: '60000',
    },
  });
  try {
    const ended = once(child, 'exit');
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    await once(child.stdout, 'data');
    const readyz = () => fetch(`http://localhost:${adminPort}/readyz`);
    expect((await readyz()).status).toBe(200);

    // Half a photo: the service is in the midst of a request when it is told to stop.
    const jpeg = await sharp(readComposite()).resize(160).jpeg().toBuffer();
    const upload = request(`http://localhost:${port}/v1/makeover?model=tint`, {
      method: 'POST',
      headers: {
        'Content-Length': jpeg.length,
        'X-Request-Id': 'photo-1',
        'X-API-Key': 'a-secret-key',
      },
    });
    const answered = once(upload, 'response');
    upload.write(jpeg.subarray(0, 1000));
    await expect
      .poll(async () => (await fetch(`http://localhost:${adminPort}/metrics`)).text())
      .toContain('dm_queue_requests 1');
    child.kill('SIGTERM');
    await expect.poll(async () => (await readyz()).status).toBe(503);
    expect(await (await readyz()).json()).toMatchObject({
      status: 'draining',
      reasons: ['the service is stopping'],
    });
    upload.end(jpeg.subarray(1000));
    const [response] = (await answered) as [{ readonly statusCode: number; resume(): void }];
    expect(response.statusCode).toBe(200);
    response.resume();
    expect(await ended).toEqual([0, null]);

    const lines = log
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as LogLine);
    expect(lines).toContainEqual(expect.objectContaining({ requestId: 'photo-1', status: 200 }));
    expect(log).not.toContain('a-secret-key');
  } finally {
    child.kill('SIGKILL');
    await removeModelRepository(repository);
  }
});
