// Takes the place of Node's own class in the programs that are bundled. Node's comes with all of `fetch`, which takes
// half as long to load as Node itself to start; a message to a supervisor carries a handful of headers.

type Init = Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

/** As far as remote calls use it: cookies, which are not to be joined, are not known here. */
export class Headers implements Iterable<readonly [string, string]> {
  readonly #values = new Map<string, string>();

  constructor(init: Init = {}) {
    const entries = Symbol.iterator in init ? init : Object.entries(init);
    for (const [name, value] of entries) this.append(name, value);
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  set(name: string, value: string): void {
    this.#values.set(name.toLowerCase(), value.trim());
  }

  append(name: string, value: string): void {
    const before = this.get(name);
    this.set(name, before === null ? value : `${before}, ${value.trim()}`);
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }

  forEach(use: (value: string, name: string, all: this) => void): void {
    for (const [name, value] of this) use(value, name, this);
  }

  entries(): IterableIterator<[string, string]> {
    return [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1)).values();
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}
