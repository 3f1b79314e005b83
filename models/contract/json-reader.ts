/**
 * Checks one JSON value and gives it its type.
 *
 * @param path where the value stands, for the error message, e.g. "files[0].path"
 * @throws Error that names the path, what was expected and what was found
 */
export type Reader<T> = (value: unknown, path: string) => T;

/** A value for which `test` holds. */
export function matching<T>(expected: string, test: (value: unknown) => value is T): Reader<T> {
  return (value, path) => {
    if (test(value)) return value;
    throw new Error(`${path} is ${describe(value)}, expected ${expected}`);
  };
}

export const text: Reader<string> = matching(
  'text',
  (value): value is string => typeof value === 'string' && value !== '',
);

export const possiblyEmptyText: Reader<string> = matching(
  'text',
  (value): value is string => typeof value === 'string',
);

export const number: Reader<number> = matching(
  'a finite number',
  (value): value is number => typeof value === 'number' && Number.isFinite(value),
);

/** Text that a regular expression accepts, described by `expected`. */
export function textLike(pattern: RegExp, expected: string): Reader<string> {
  return matching(
    expected,
    (value): value is string => typeof value === 'string' && pattern.test(value),
  );
}

/** A finite number from `min` to `max`. */
export function numberFrom(min: number, max = Number.POSITIVE_INFINITY): Reader<number> {
  const expected = max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`;
  return matching(
    `a number, ${expected}`,
    (value): value is number =>
      typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max,
  );
}

/** A whole number from `min` on. */
export function integerFrom(min: number): Reader<number> {
  return matching(
    `a whole number, at least ${min}`,
    (value): value is number => Number.isSafeInteger(value) && (value as number) >= min,
  );
}

/** One of the given values. */
export function oneOf<const T extends string | number>(...allowed: readonly T[]): Reader<T> {
  return matching(allowed.map((value) => JSON.stringify(value)).join(' or '), (value): value is T =>
    allowed.some((other) => other === value),
  );
}

/** A value that either reader accepts. */
export function either<A, B>(first: Reader<A>, second: Reader<B>): Reader<A | B> {
  return (value, path) => {
    try {
      return first(value, path);
    } catch {
      return second(value, path);
    }
  };
}

/** A value that may be missing. */
export function optional<T>(read: Reader<T>): Reader<T | undefined> {
  return (value, path) => (value === undefined ? undefined : read(value, path));
}

/** A value that older documents lack. */
export function withDefault<T>(reader: Reader<T>, fallback: T): Reader<T> {
  return (value, path) => (value === undefined ? fallback : reader(value, path));
}

/** An array of at least `minLength` items. */
export function listOf<T>(item: Reader<T>, minLength = 0): Reader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length < minLength) {
      const items = minLength === 0 ? '' : ` of at least ${minLength}`;
      throw new Error(`${path} is ${describe(value)}, expected a list${items}`);
    }
    return value.map((entry: unknown, i) => item(entry, `${path}[${i}]`));
  };
}

/** An object with any keys whose values are alike. */
export function recordOf<T>(item: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(requireObject(value, path)).map(([key, entry]) => [
        key,
        item(entry, `${path}.${key}`),
      ]),
    );
}

/** An object with the given fields; others, and optional ones that are missing, are left out. */
export function object<T>(fields: { readonly [K in keyof T]-?: Reader<T[K]> }): Reader<T> {
  return (value, path) => {
    const found = requireObject(value, path);
    const entries = Object.entries<Reader<unknown>>(fields).map(([key, read]) => [
      key,
      read(found[key], path === '' ? key : `${path}.${key}`),
    ]);
    return Object.fromEntries(entries.filter(([, entry]) => entry !== undefined)) as T;
  };
}

function requireObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new Error(`${path || 'the document'} is ${describe(value)}, expected an object`);
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  const json = JSON.stringify(value);
  return json.length > 60 ? `${json.slice(0, 57)}...` : json;
}
