import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ModelVersionDetailView } from '../../../models/contract/api/models.ts';
import { main } from '../../../server/models/main.ts';
import { publishFolder } from '../../../server/models/publish.ts';
import type { Service } from '../../../server/service.ts';
import { ADMIN_KEY } from '../../support/admin.ts';
import { expectProblem, send } from '../../support/http.ts';
import {
  createModelRepository,
  publishGenerator,
  removeModelRepository,
} from '../../support/model-repository.ts';
import { startTestService } from '../../support/service.ts';

let repository: string;
let service: Service;

beforeAll(async () => {
  repository = await createModelRepository();
  service = await startTestService({
    DM_MODEL_REPO: repository,
    DM_ADMIN_KEY: ADMIN_KEY,
    DM_MODEL_POLL_S: '0',
    DM_LOG_LEVEL: 'silent',
  });
});
afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await service.stop();
  await removeModelRepository(repository);
});

const base = () => `${service.url}/v1/models/face-detector/versions/1`;

describe('files of a version', () => {
  test('are listed, and each comes with its hash as the tag, for good', async () => {
    const view = (await (await fetch(base())).json()) as ModelVersionDetailView;
    expect(view.files.map(({ path }) => path)).toContain('model.onnx');
    for (const { url, sha256, bytes } of view.files) {
      const response = await fetch(`${service.url}${url}`);
      const content = Buffer.from(await response.arrayBuffer());
      expect(content.length).toBe(bytes);
      expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
      expect(response.headers.get('etag')).toBe(`W/"${sha256}"`);
      expect(response.headers.get('cache-control')).toMatch(/immutable/);
    }
  });

  test('are not sent again to who has them', async () => {
    for (const path of ['model.onnx', 'manifest.json']) {
      const first = await fetch(`${base()}/files/${path}`);
      const etag = first.headers.get('etag') ?? '';
      const again = await send(`${base()}/files/${path}`, { 'If-None-Match': etag });
      expect(again).toMatchObject({ status: 304, body: '' });
      const other = await send(`${base()}/files/${path}`, { 'If-None-Match': '"other"' });
      expect(other.status).toBe(200);
    }
  });

  test('are compressed where that pays and the client takes it', async () => {
    const codingOf = async (path: string, accepted: string) =>
      (await send(`${base()}/files/${path}`, { 'Accept-Encoding': accepted })).headers[
        'content-encoding'
      ];
    expect(await codingOf('manifest.json', 'gzip, br')).toBe('br');
    expect(await codingOf('manifest.json', 'gzip')).toBe('gzip');
    expect(await codingOf('manifest.json', 'identity')).toBeUndefined();
  });

  test('are only those of the manifest, and no name leaves the repository', async () => {
    await writeFile(join(repository, 'face-detector', '1', 'secret.txt'), 'secret');
    for (const path of ['secret.txt', '..%2fmanifest.json', '%2e%2e%2f%2e%2e%2fetc%2fpasswd']) {
      await expectProblem(await fetch(`${base()}/files/${path}`), 404, 'NOT_FOUND');
    }
    for (const path of ['..%2f..', 'none', '%2e%2e%2ftint']) {
      const url = `${service.url}/v1/models/${path}/versions/1/files/manifest.json`;
      await expectProblem(await fetch(url), 404, 'MODEL_NOT_FOUND');
    }
    for (const version of ['2', '0', '1.0', '..%2f1', '01']) {
      const url = `${service.url}/v1/models/tint/versions/${version}/files/manifest.json`;
      await expectProblem(await fetch(url), 404, 'MODEL_NOT_FOUND');
    }
  });

  test('that were changed on the disk are not sent', async () => {
    const path = join(repository, 'identity', '1', 'golden-image.bin');
    await writeFile(path, (await readFile(path)).fill(3));
    const url = `${service.url}/v1/models/identity/versions/1/files/golden-image.bin`;
    await expectProblem(await fetch(url), 503, 'MODEL_NOT_READY');
  });
});

describe('publishing', () => {
  test('copies what the manifest lists, and nothing else', async () => {
    const source = await publishGenerator(join(repository, '.source'), 'tint', [1, 2, 3], 2);
    await writeFile(join(source, 'notes.txt'), 'not listed');
    const folder = await publishFolder(source, repository);
    expect(folder).toBe(join(repository, 'tint', '2'));
    expect(await readdir(folder)).not.toContain('notes.txt');
    await expect(publishFolder(source, repository)).rejects.toThrow(/exists already/);
  });

  test('leaves nothing behind when the model is not whole', async () => {
    const source = await publishGenerator(join(repository, '.source'), 'tint', [1, 2, 3], 3);
    const path = join(source, 'model.onnx');
    await writeFile(path, (await readFile(path)).fill(0, 0, 20));
    await expect(publishFolder(source, repository)).rejects.toThrow(/SHA-256/);
    await mkdir(join(repository, '.empty'));
    await expect(publishFolder(join(repository, '.empty'), repository)).rejects.toThrow(
      /holds no exported model/,
    );
    expect(await readdir(join(repository, 'tint'))).toEqual(['1', '2']);
  });
});

describe('the verb models', () => {
  /** What it prints, and its exit code. */
  async function run(...args: string[]): Promise<{ code: number; text: string }> {
    const lines: string[] = [];
    const keep = (chunk: unknown): boolean => lines.push(String(chunk)) > 0;
    const streams = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation(keep),
    );
    const code = await main(args);
    for (const stream of streams) stream.mockRestore();
    return { code, text: lines.join('') };
  }

  test('lists, activates and rolls back with the key', async () => {
    await service.context.models.deployment.poll();
    const url = ['--url', service.adminUrl];
    expect(await run('list', ...url)).toMatchObject({
      code: 1,
      text: expect.stringMatching(/KEY_MISSING/) as string,
    });
    vi.stubEnv('DM_ADMIN_KEY', ADMIN_KEY);
    const { code, text } = await run('list', ...url);
    expect(code).toBe(0);
    expect(text).toContain('tint\n  1  standby\n  2  active\n');
    const activated = await run('activate', 'tint', '1', ...url);
    expect(activated).toEqual({ code: 0, text: 'tint (pinned)\n  1  active\n  2  standby\n' });
    const json = await run('rollback', 'tint', '--json', ...url);
    expect(JSON.parse(json.text)).toMatchObject({ name: 'tint', version: 2 });
    const canary = await run('canary', 'tint', '1', '--percent', '25', ...url);
    expect(canary.text).toContain('  1  canary 25 %\n');
  });

  test('says what is wrong with its use, and when no service answers', async () => {
    for (const args of [[], ['list', 'tint'], ['sing'], ['canary', 'tint', '1'], ['list', '-x']]) {
      expect((await run(...args)).code, args.join(' ')).toBe(2);
    }
    expect((await run('list', '--url', 'http://localhost:1')).code).toBe(3);
    const missing = await run('activate', 'none', '1', '--url', service.adminUrl);
    expect(missing.code).toBe(1);
    expect(missing.text).toMatch(/MODEL_NOT_FOUND: there is no model "none"/);
  });
});
