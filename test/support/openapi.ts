import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { RequestHandler } from 'express';
import { expect } from 'vitest';

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/** The parts of an OpenAPI document that answers are checked against. */
interface Operation {
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly headers?: Readonly<Record<string, unknown>>;
        readonly content?: Readonly<Record<string, { readonly schema?: JsonObject }>>;
      }
    >
  >;
}
export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonObject>> };
}

/** Headers that HTTP or a security layer adds to every answer; the document leaves them out. */
const UNDOCUMENTED_HEADERS =
  /^(access-control-.*|allow|cache-control|connection|content-(length|type|security-policy)|cross-origin-.*|date|keep-alive|last-modified|accept-ranges|origin-agent-cluster|referrer-policy|transfer-encoding|vary|x-(content-type-options|dns-prefetch-control|download-options|frame-options|permitted-cross-domain-policies|xss-protection))$/;

/** Checks answers of a service against its own document. */
export class DocumentedService {
  readonly document: Document;
  readonly #ajv: Ajv2020;
  readonly #validators = new Map<JsonObject, ValidateFunction>();

  constructor(document: Document) {
    // A field that the document does not know is an error here, though not for clients.
    this.document = close(document as unknown as Json) as unknown as Document;
    this.#ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });
    this.#ajv.addSchema({ ...(this.document as object), $id: 'document' });
  }

  /**
   * Checks that the status, the type, the headers and the body of an answer are documented.
   *
   * @param path as the document writes it, e.g. /v1/models/{name}
   * @returns the body, parsed when it is JSON
   */
  async check(method: string, path: string, response: Response): Promise<unknown> {
    const place = `${method} ${path} ${response.status}`;
    const operation = this.document.paths[path]?.[method.toLowerCase()];
    const documented = operation?.responses[String(response.status)];
    if (documented === undefined) {
      throw new Error(`${place} is not documented: ${await response.text()}`);
    }
    const names = [...response.headers.keys()].filter((name) => !UNDOCUMENTED_HEADERS.test(name));
    const known = Object.keys(documented.headers ?? {}).map((name) => name.toLowerCase());
    expect(known, place).toEqual(expect.arrayContaining(names));
    const type = (response.headers.get('content-type') ?? '').replace(/;.*/, '');
    if (type === '') return undefined;
    const content = documented.content?.[type];
    expect(content, `${place} ${type}`).toBeDefined();
    if (!type.endsWith('json')) return response.arrayBuffer();
    const body: unknown = JSON.parse(await response.text());
    const validate = this.#validatorOf(content?.schema ?? {});
    validate(body);
    expect(validate.errors ?? [], `${place} ${JSON.stringify(body)}`).toEqual([]);
    return body;
  }

  #validatorOf(schema: JsonObject): ValidateFunction {
    const known = this.#validators.get(schema);
    if (known !== undefined) return known;
    const validate = this.#ajv.compile(withReferencesTo('document', schema) as JsonObject);
    this.#validators.set(schema, validate);
    return validate;
  }
}

function withReferencesTo(id: string, json: Json): Json {
  return mapObjects(json, (object) =>
    typeof object['$ref'] === 'string' ? { $ref: `${id}${object['$ref']}` } : object,
  );
}

/** Closes every object schema that says nothing about further fields. */
function close(json: Json): Json {
  return mapObjects(json, (object) =>
    object['type'] === 'object' && object['properties'] && !('additionalProperties' in object)
      ? { ...object, additionalProperties: false }
      : object,
  );
}

function mapObjects(json: Json, change: (object: JsonObject) => JsonObject): Json {
  if (json === null || typeof json !== 'object') return json;
  if (isList(json)) return json.map((item) => mapObjects(item, change));
  return Object.fromEntries(
    Object.entries(change(json)).map(([name, value]) => [
      name,
      value === undefined ? undefined : mapObjects(value, change),
    ]),
  );
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

/** The parts of Express's router that tell its routes; the types leave them out. */
interface Layer {
  readonly route?: {
    readonly path: string | readonly string[];
    readonly methods: Readonly<Record<string, boolean>>;
  };
  /** True for a router that is mounted at the top. */
  readonly slash: boolean;
  readonly handle: RequestHandler & { readonly stack?: readonly Layer[] };
}

/**
 * The routes of an Express application as the document writes them, e.g. "get /v1/models/{name}".
 *
 * @throws Error for a router mounted below a path, which Express does not tell
 */
export function routesOf(app: { readonly router: unknown }): string[] {
  const list = (stack: readonly Layer[]): string[] =>
    stack.flatMap((layer) => {
      if (layer.route) {
        const methods = Object.keys(layer.route.methods).filter((name) => name !== '_all');
        return [layer.route.path]
          .flat()
          .flatMap((path) => methods.map((method) => `${method} ${toTemplate(path)}`));
      }
      const inner = layer.handle.stack;
      if (inner === undefined) return [];
      if (!layer.slash)
        throw new Error('mount routers at the top, with full paths in their routes');
      return list(inner);
    });
  return list((app.router as { readonly stack: readonly Layer[] }).stack);
}

function toTemplate(path: string): string {
  return path.replace(/[:*](\w+)/g, '{$1}');
}
