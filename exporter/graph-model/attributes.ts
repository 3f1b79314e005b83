import { InvalidModelError } from '../tfjs-model/invalid-model-error.ts';

/**
 * TensorFlow's AttrValue in JSON: integers as decimal strings, byte strings in base64, and a message
 * without fields where a list is empty.
 */
export interface AttributeJson {
  readonly s?: string;
  readonly i?: string | number;
  readonly f?: number | string;
  readonly b?: boolean;
  readonly type?: string;
  readonly shape?: ShapeJson;
  readonly list?: { readonly i?: readonly (string | number)[]; readonly s?: readonly string[] };
}

/** TensorShapeProto; -1 is an unknown size. */
export interface ShapeJson {
  readonly dim?: readonly { readonly size?: string | number }[];
  readonly unknownRank?: boolean;
}

/** The attributes of one node. Each reader throws an InvalidModelError where there is no value. */
export class NodeAttributes {
  readonly #place: string;
  readonly #values: Readonly<Record<string, AttributeJson>>;

  constructor(place: string, values: Readonly<Record<string, AttributeJson>>) {
    this.#place = place;
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  text(name: string, fallback?: string): string {
    const base64 = this.#values[name]?.s;
    return base64 === undefined ? this.#default(name, fallback) : decodeText(base64);
  }

  texts(name: string): readonly string[] {
    return (this.#values[name]?.list?.s ?? []).map(decodeText);
  }

  integer(name: string, fallback?: number): number {
    const value = this.#values[name]?.i;
    return value === undefined ? this.#default(name, fallback) : Number(value);
  }

  /** Whole numbers; none where the list is empty. */
  integers(name: string, fallback?: readonly number[]): readonly number[] {
    const value = this.#values[name];
    return value === undefined
      ? this.#default(name, fallback)
      : (value.list?.i ?? []).map((item) => Number(item));
  }

  float(name: string, fallback?: number): number {
    const { f, i } = this.#values[name] ?? {};
    const value = f ?? i;
    return value === undefined ? this.#default(name, fallback) : Number(value);
  }

  flag(name: string): boolean {
    return this.#values[name]?.b ?? false;
  }

  /** TensorFlow's name of a type, e.g. DT_FLOAT. */
  type(name: string): string {
    return this.#values[name]?.type ?? this.#default<string>(name);
  }

  /** Sizes, undefined for unknown ones; undefined as a whole when even their number is unknown. */
  shape(name: string): readonly (number | undefined)[] | undefined {
    const shape = this.#values[name]?.shape;
    return shape === undefined ? undefined : readShape(shape);
  }

  #default<T>(name: string, fallback?: T): T {
    if (fallback !== undefined) return fallback;
    throw new InvalidModelError(`${this.#place} has no attribute ${name}`);
  }
}

/** Sizes of a shape; undefined when their number is unknown. */
export function readShape({
  dim = [],
  unknownRank,
}: ShapeJson): readonly (number | undefined)[] | undefined {
  if (unknownRank) return undefined;
  return dim.map(({ size }) => {
    const value = Number(size ?? 0);
    return value < 0 ? undefined : value;
  });
}

function decodeText(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
