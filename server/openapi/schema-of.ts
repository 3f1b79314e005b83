import type { z } from 'zod';

/** T as zod infers it: nothing is readonly, and what is optional may be undefined too. */
type Inferred<T> = T extends readonly (infer E)[]
  ? Inferred<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Inferred<T[K]> | (object extends Pick<T, K> ? undefined : never) }
    : T;

/** True when the types are the same; assignability would let optional fields differ. */
type IsSame<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/**
 * Names a schema that describes exactly T. The compiler refuses one that lacks a field, has another
 * or types one differently, so that the document cannot say what the code does not send.
 *
 * @returns takes the name in the document, what it holds, and the schema
 */
export function schemaOf<T>() {
  return <S extends z.ZodType>(
    name: string,
    description: string,
    schema: IsSame<Inferred<z.output<S>>, Inferred<T>> extends true ? S : never,
  ): S => schema.meta({ id: name, description });
}
