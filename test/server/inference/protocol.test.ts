import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CELEBA_CROP } from '../../../models/contract/crop.ts';
import type { Service } from '../../../server/service.ts';
import { TINT } from '../../support/model-repository.ts';
import { type Document, DocumentedService } from '../../support/openapi.ts';
import { startTestService } from '../../support/service.ts';

const { width, height } = CELEBA_CROP;
const LENGTH = width * height * 3;
const TEMPLATE = '/v2/models/{name}/infer';

let service: Service;
let documented: DocumentedService;

beforeAll(async () => {
  service = await startTestService({ DM_MAX_FACES: '4' });
  const document = await (await fetch(`${service.url}/openapi.json`)).json();
  documented = new DocumentedService(document as Document);
});
afterAll(() => service.stop());

function pixels(batch: number): Uint8Array {
  return Uint8Array.from({ length: batch * LENGTH }, (_, i) => (i * 7) % 200);
}

function tinted(image: Uint8Array): number[] {
  return Array.from(image, (value, i) => Math.max(0, value + (TINT[i % 3] ?? 0)));
}

function infer(
  body: Uint8Array<ArrayBuffer> | string,
  headers = {},
  path = '/v2/models/tint/infer',
) {
  return fetch(service.url + path, { method: 'POST', body, headers });
}

function jsonRequest(data: unknown, more = {}) {
  const shape = [1, height, width, 3];
  return JSON.stringify({ inputs: [{ name: 'image', shape, datatype: 'UINT8', data }], ...more });
}

/** A request as Triton's clients send it: JSON, then the tensor. */
function binaryRequest(image: Uint8Array, head: object) {
  const batch = image.length / LENGTH;
  const input = {
    name: 'image',
    shape: [batch, height, width, 3],
    datatype: 'UINT8',
    parameters: { binary_data_size: image.length },
  };
  const json = Buffer.from(JSON.stringify({ inputs: [input], ...head }));
  return {
    body: new Uint8Array(Buffer.concat([json, image])),
    headers: { 'Inference-Header-Content-Length': String(json.length) },
  };
}

interface InferAnswer {
  readonly id?: string;
  readonly model_name: string;
  readonly model_version: string;
  readonly outputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly number[];
    readonly data?: readonly number[];
    readonly parameters?: { readonly binary_data_size: number };
  }[];
}

describe('metadata', () => {
  test('of the server, its health and its models', async () => {
    for (const [path, template, expected] of [
      ['/v2', '/v2', { name: 'deep-makeover', extensions: ['binary_tensor_data'] }],
      ['/v2/health/live', '/v2/health/live', { live: true }],
      ['/v2/health/ready', '/v2/health/ready', { ready: true }],
      ['/v2/models/tint/ready', '/v2/models/{name}/ready', { name: 'tint', ready: true }],
      [
        '/v2/models/tint/versions/1',
        '/v2/models/{name}/versions/{version}',
        {
          name: 'tint',
          versions: ['1'],
          platform: 'onnxruntime_onnx',
          inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, height, width, 3] }],
          outputs: [
            { name: 'result', datatype: 'UINT8', shape: [-1, height, width, 3] },
            { name: 'residual', datatype: 'FP32', shape: [-1, height, width, 3] },
          ],
        },
      ],
    ] as const) {
      const response = await fetch(service.url + path);
      expect(response.status, path).toBe(200);
      expect(await documented.check('get', template, response)).toMatchObject(expected);
    }
  });

  test('an unknown model or version is an error as the protocol has it', async () => {
    for (const path of ['/v2/models/toad', '/v2/models/tint/versions/9/ready']) {
      const response = await fetch(service.url + path);
      expect(response.status).toBe(404);
      const body = (await response.json()) as { error?: string; detail?: string };
      expect(body.error).toMatch(/there is no/);
      expect(body.error).toBe(body.detail);
    }
  });
});

describe('inference', () => {
  test('JSON in, JSON out', async () => {
    const image = pixels(1);
    const response = await infer(jsonRequest(Array.from(image), { id: 'a7' }));
    expect(response.headers.get('x-model-version')).toBe('tint/1');
    const answer = (await documented.check('post', TEMPLATE, response)) as InferAnswer;
    expect(answer).toMatchObject({ id: 'a7', model_name: 'tint', model_version: '1' });
    const [result, residual] = answer.outputs;
    expect(result).toMatchObject({
      name: 'result',
      datatype: 'UINT8',
      shape: [1, height, width, 3],
    });
    expect(result?.data).toEqual(tinted(image));
    expect(residual).toMatchObject({ name: 'residual', datatype: 'FP32' });
    expect(residual?.data?.slice(0, 3)).toEqual([...TINT]);
  });

  test('nested data are read row by row', async () => {
    const flat = Array.from(pixels(1));
    const rows = Array.from({ length: height }, (_row, y) =>
      Array.from({ length: width }, (_pixel, x) =>
        flat.slice((y * width + x) * 3, (y * width + x) * 3 + 3),
      ),
    );
    const outputs = [{ name: 'result' }];
    const answer = (await (await infer(jsonRequest([rows], { outputs }))).json()) as InferAnswer;
    expect(answer.outputs.map(({ name }) => name)).toEqual(['result']);
    expect(answer.outputs[0]?.data).toEqual(tinted(pixels(1)));
  });

  test('binary tensors in both directions, several crops, a version by its number', async () => {
    const image = pixels(3);
    const parameters = { binary_data_output: true };
    const { body, headers } = binaryRequest(image, { parameters });
    const response = await infer(body, headers, '/v2/models/tint/versions/1/infer');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    const jsonBytes = Number(response.headers.get('inference-header-content-length'));
    const bytes = Buffer.from(await response.arrayBuffer());
    const answer = JSON.parse(bytes.subarray(0, jsonBytes).toString()) as InferAnswer;
    expect(answer.outputs.map(({ parameters: own }) => own?.binary_data_size)).toEqual([
      image.length,
      image.length * 4,
    ]);
    const result = bytes.subarray(jsonBytes, jsonBytes + image.length);
    expect([...result]).toEqual(tinted(image));
    expect(bytes.readFloatLE(jsonBytes + image.length)).toBe(TINT[0]);
    expect(bytes.length).toBe(jsonBytes + image.length * 5);
  });

  test('one output binary, the other as numbers', async () => {
    const outputs = [
      { name: 'residual', parameters: { binary_data: true } },
      { name: 'result', parameters: { binary_data: false } },
    ];
    const { body, headers } = binaryRequest(pixels(1), { outputs });
    const response = await infer(body, headers);
    const jsonBytes = Number(response.headers.get('inference-header-content-length'));
    const bytes = Buffer.from(await response.arrayBuffer());
    const answer = JSON.parse(bytes.subarray(0, jsonBytes).toString()) as InferAnswer;
    expect(answer.outputs[0]?.parameters).toEqual({ binary_data_size: LENGTH * 4 });
    expect(answer.outputs[1]?.data).toHaveLength(LENGTH);
    expect(bytes.length).toBe(jsonBytes + LENGTH * 4);
  });
});

describe('what is refused', () => {
  const image = Array.from(pixels(1));
  const input = { name: 'image', shape: [1, height, width, 3], datatype: 'UINT8', data: image };
  test.each([
    ['no JSON', '{', /no JSON/],
    ['no inputs', '{}', /inputs/],
    ['another input', { ...input, name: 'crop' }, /expected one, "image"/],
    ['another type', { ...input, datatype: 'FP32' }, /expected UINT8/],
    ['another size', { ...input, shape: [1, 8, 8, 3] }, /expected \[n,100,80,3\]/],
    ['too many crops', { ...input, shape: [5, height, width, 3] }, /n from 1 to 4/],
    ['too few values', { ...input, data: image.slice(1) }, /23999 values/],
    ['values that are no bytes', { ...input, data: [300, ...image.slice(1)] }, /holds 300/],
    ['neither data nor bytes', { ...input, data: undefined }, /binary_data_size/],
    [
      'bytes that are not there',
      { ...input, data: undefined, parameters: { binary_data_size: 9 } },
      /9/,
    ],
  ])('%s', async (_name, request, message) => {
    const body = typeof request === 'string' ? request : JSON.stringify({ inputs: [request] });
    const response = await infer(body);
    expect(response.status).toBe(400);
    const problem = (await documented.check('post', TEMPLATE, response)) as { error: string };
    expect(problem.error).toMatch(message);
  });

  test('a header that says nonsense about the length', async () => {
    for (const length of ['x', '-1', '999999']) {
      const response = await infer(jsonRequest(image), {
        'Inference-Header-Content-Length': length,
      });
      expect(response.status).toBe(400);
    }
  });

  test('an output that there is not, and a form', async () => {
    expect((await infer(jsonRequest(image, { outputs: [{ name: 'mask' }] }))).status).toBe(400);
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x' };
    expect((await infer('--x--', headers)).status).toBe(400);
  });
});
