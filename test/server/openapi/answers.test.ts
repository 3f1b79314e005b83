import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Service } from '../../../server/service.ts';
import { readComposite } from '../../support/composites.ts';
import { send } from '../../support/http.ts';
import { type Document, DocumentedService } from '../../support/openapi.ts';
import { startTestService } from '../../support/service.ts';

let service: Service;
let documented: DocumentedService;
let jpeg: Buffer;

beforeAll(async () => {
  jpeg = await sharp(readComposite()).resize(160).jpeg().toBuffer();
  service = await startTestService();
  const document = await (await fetch(`${service.url}/openapi.json`)).json();
  documented = new DocumentedService(document as Document);
});
afterAll(() => service.stop());

async function post(path: string, body: Buffer, init: RequestInit = {}) {
  return fetch(`${service.url}${path}`, { method: 'POST', body: new Uint8Array(body), ...init });
}

describe('answers are as the document says', () => {
  test.each(['/v1/info', '/v1/models', '/healthz', '/openapi.json', '/docs'])(
    '%s',
    async (path) => {
      const response = await fetch(service.url + path);
      expect(response.status).toBe(200);
      await documented.check('get', path, response);
    },
  );

  test.each(['/livez', '/startupz', '/readyz', '/metrics'])('%s', async (path) => {
    const response = await fetch(service.adminUrl + path);
    expect(response.status).toBe(200);
    await documented.check('get', path, response);
  });

  test('models and their files', async () => {
    const base = '/v1/models/tint/versions/1';
    for (const [path, template] of [
      ['/v1/models/tint', '/v1/models/{name}'],
      [base, '/v1/models/{name}/versions/{version}'],
      [`${base}/files/model.onnx`, '/v1/models/{name}/versions/{version}/files/{path}'],
      [`${base}/files/nothing`, '/v1/models/{name}/versions/{version}/files/{path}'],
      ['/v1/models/toad', '/v1/models/{name}'],
    ] as const) {
      await documented.check('get', template, await fetch(service.url + path));
    }
  });

  test('a makeover', async () => {
    const response = await post('/v1/makeover?model=tint&format=png', jpeg);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/png');
    await documented.check('post', '/v1/makeover', response);
  });

  test('the faces of a photo', async () => {
    const response = await post('/v1/faces', jpeg);
    const view = await documented.check('post', '/v1/faces', response);
    expect(view).toMatchObject({ width: 160, faces: [{ id: 1 }] });
  });

  test.each([
    ['no model', '?', 400],
    ['a model that is not there', '?model=toad', 404],
    ['a strength that is none', '?model=tint&strength=2', 400],
  ])('%s', async (_name, query, status) => {
    const response = await post(`/v1/makeover${query}`, jpeg);
    expect(response.status).toBe(status);
    await documented.check('post', '/v1/makeover', response);
  });

  test.each([
    ['nothing', Buffer.alloc(0), 400],
    ['a text', Buffer.from('no picture'), 415],
    ['half a photo', 'half', 422],
    ['a photo without a face', 'plain', 422],
  ])('%s', async (_name, body, status) => {
    const plain = { width: 64, height: 64, channels: 3, background: '#999' } as const;
    const bytes = {
      half: jpeg.subarray(0, jpeg.length / 2),
      plain: await sharp({ create: plain }).png().toBuffer(),
    };
    const file = typeof body === 'string' ? bytes[body as keyof typeof bytes] : body;
    const response = await post('/v1/makeover?model=tint', file);
    expect(response.status).toBe(status);
    await documented.check('post', '/v1/makeover', response);
  });

  test('the document is asked for again only when it has changed', async () => {
    const first = await fetch(`${service.url}/openapi.json`);
    const etag = first.headers.get('etag') ?? '';
    // fetch would ask caches to be passed over.
    const again = await send(`${service.url}/openapi.json`, { 'If-None-Match': etag });
    expect(again.status).toBe(304);
    expect(again.body).toBe('');
  });

  test('a field that the document does not know is noticed', async () => {
    const body = JSON.stringify({ status: 'ready', secret: 1 });
    const headers = { 'Content-Type': 'application/json' };
    const forged = new Response(body, { headers });
    await expect(documented.check('get', '/healthz', forged)).rejects.toThrow(/secret/);
  });
});
