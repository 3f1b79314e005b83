import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { createAdminApp } from '../../../server/admin.ts';
import { createApp } from '../../../server/app.ts';
import { buildDocument } from '../../../server/openapi/document.ts';
import { PROBLEMS } from '../../../server/problem.ts';
import { createIdleContext } from '../../support/idle-context.ts';
import { type Document, routesOf } from '../../support/openapi.ts';

const document = buildDocument('1.2.3') as unknown as Document;
const text = JSON.stringify(document);

const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.keys(operations).map((method) => `${method} ${path}`),
);

/** Files of the page /docs, which nobody asks for by hand. */
const PAGE_FILES = /^get \/docs\/[\w.-]+$/;

describe('the document', () => {
  test('has every route of both ports, and no other', () => {
    const context = createIdleContext();
    const routes = [...routesOf(createApp(context)), ...routesOf(createAdminApp(context))];
    expect(routes).toContain('post /v1/makeover');
    expect(routes).toContain('get /readyz');
    expect(new Set(documented)).toEqual(new Set(routes.filter((route) => !PAGE_FILES.test(route))));
  });

  test('has every code of the catalogue, and each with its status somewhere', () => {
    for (const [code, { status }] of Object.entries(PROBLEMS)) {
      expect(text).toContain(`| \`${code}\` | ${status} |`);
    }
    const problem = document.components.schemas['Problem'] as {
      properties: { code: { enum: string[] } };
    };
    expect(problem.properties.code.enum).toEqual(Object.keys(PROBLEMS));
    // These answer what the document does not have.
    const undocumented = Object.keys(PROBLEMS).filter((code) => !text.includes(`"${code}":{`));
    expect(undocumented).toEqual(['METHOD_NOT_ALLOWED']);
  });

  test('has schemas that a validator takes, and no reference to nothing', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ ...document, $id: 'document' });
    for (const name of Object.keys(document.components.schemas)) {
      expect(ajv.compile({ $ref: `document#/components/schemas/${name}` })).toBeTypeOf('function');
    }
    for (const [, reference = ''] of text.matchAll(/"\$ref":"#([^"]+)"/g)) {
      expect(ajv.compile({ $ref: `document#${reference}` })).toBeTypeOf('function');
    }
  });

  test('gives every operation a name of its own, a summary and a tag that is explained', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path)) as {
      operationId?: string;
      summary?: string;
      tags?: string[];
    }[];
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    const { tags } = document as unknown as { tags: { name: string }[] };
    for (const { operationId, summary, tags: [tag] = [] } of operations) {
      expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
      expect(summary).toMatch(/^[A-Z].*[^.]$/);
      expect(tags.map(({ name }) => name)).toContain(tag);
    }
  });

  test('describes parameters as they are validated', () => {
    const operation = document.paths['/v1/makeover']?.['post'] as unknown;
    const { parameters } = operation as {
      parameters: { name: string; description: string; schema: object }[];
    };
    const strength = parameters.find(({ name }) => name === 'strength');
    expect(strength?.schema).toMatchObject({ type: 'number', minimum: 0, maximum: 1, default: 1 });
    for (const { name, description } of parameters) expect(description, name).toMatch(/\w/);
  });
});
