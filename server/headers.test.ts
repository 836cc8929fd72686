import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers as Light } from './headers.ts';

interface Common extends Iterable<[string, string]> {
  get(name: string): string | null;
  has(name: string): boolean;
  set(name: string, value: string): void;
  append(name: string, value: string): void;
  delete(name: string): void;
  forEach(use: (value: string, name: string) => void): void;
  entries(): Iterable<[string, string]>;
}

/** All that headers say of themselves after these changes. */
function said<T extends Common>(
  make: (init?: T | [string, string][] | Record<string, string>) => T,
): unknown {
  const seen: unknown[] = [];
  const one = make({ 'Content-Type': 'application/proto', 'x-b': ' spaces ' });
  one.append('X-A', 'first');
  one.append('x-a', ' second ');
  one.set('X-C', 'old');
  one.set('x-c', 'new');
  one.set('gone', 'soon');
  one.delete('GONE');
  for (const name of ['content-type', 'X-a', 'x-C', 'gone']) seen.push(one.get(name), one.has(name));
  one.forEach((value, name) => seen.push(value, name));
  const copies = [make(one), make([...one]), make(Object.fromEntries(one)), make()];
  return [...seen, [...one.entries()], ...copies.map((copy) => [...copy])];
}

test('it says what the class of the platform does', () => {
  assert.deepEqual(
    said<Light>((init) => new Light(init)),
    said<Headers>((init) => new Headers(init)),
  );
});
