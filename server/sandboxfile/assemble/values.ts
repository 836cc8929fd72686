import type { Field, Located } from '../schema/schema.ts';

/** Items of a list without their places. */
export function values<T>(field: Field<readonly Located<T>[]> | undefined): readonly T[] {
  return (field?.value ?? []).map((item) => item.value);
}

/** Entries of a map without their places; those without a value are left out. */
export function entries<T>(field: Field<ReadonlyMap<string, Field<T>>> | undefined): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const [name, { value }] of field?.value ?? []) {
    if (value !== undefined) found.set(name, value);
  }
  return found;
}
