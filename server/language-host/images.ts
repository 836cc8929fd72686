import type { Engine, StoredImage } from '../engine/api.ts';
import type { ImageFacts, ImageProvider, Suggestions } from '../language/providers.ts';
import { image, normalImage } from '../sandboxfile/index.ts';
import { Remembered } from './remembered.ts';
import { byUse } from './tag-order.ts';

/** What is on this machine changes when the user does something. */
const STORE_FRESH_MS = 15_000;
const TAGS_FRESH_MS = 10 * 60_000;
/** An image is found by its name again after it was pulled anew. */
const CONFIG_FRESH_MS = 60_000;
const MAX_TAGS = 1000;

interface Store {
  /** As users write them, the last used ones first. */
  readonly names: readonly string[];
  /** In complete form. */
  readonly references: ReadonlySet<string>;
}

/** Images of the user's store, and the tags that registries have. */
export class EngineImages implements ImageProvider {
  readonly #engine: () => Promise<Engine>;
  readonly #store: Remembered<Store>;
  readonly #tags: Remembered<readonly string[]>;
  readonly #configs: Remembered<ImageFacts>;
  readonly #listeners: (() => void)[] = [];
  #registry: string | undefined;

  constructor(engine: () => Promise<Engine>) {
    this.#engine = engine;
    const onAnswer = (): void => {
      for (const listener of this.#listeners) listener();
    };
    this.#store = new Remembered({
      freshMs: STORE_FRESH_MS,
      ask: async (_, signal) => this.#read(await (await this.#open()).images.list({ signal })),
    });
    this.#tags = new Remembered({
      freshMs: TAGS_FRESH_MS,
      ask: async (name, signal) => {
        const tags = await (await this.#open()).images.tags(name, { signal });
        return [...new Set(tags)].sort(byUse);
      },
    });
    this.#configs = new Remembered({
      freshMs: CONFIG_FRESH_MS,
      onAnswer,
      ask: async (reference, signal) =>
        (await (await this.#open()).images.inspect(reference, { signal })).config,
    });
  }

  /** Undefined until the engine was asked something. */
  get registry(): string | undefined {
    return this.#registry;
  }

  async names(): Promise<Suggestions> {
    const store = await this.#store.get('');
    const names = store?.names ?? [];
    const bare = new Set(names.map((name) => name.replace(/[:@][^/]*$/, '')));
    return { items: [...names, ...[...bare].filter((name) => !names.includes(name))], complete: true };
  }

  async tags(name: string): Promise<Suggestions> {
    const parsed = image(name);
    // Whatever is not a name has no registry to be asked.
    const known = parsed.ok && parsed.value.kind === 'reference' ? this.#tags.get(name) : [];
    const store = await this.#store.get('');
    const prefix = `${name}:`;
    const local = (store?.names ?? []).filter((each) => each.startsWith(prefix));
    const here = local.map((each) => each.slice(prefix.length));
    const items = (tags: readonly string[]) => [...new Set([...here, ...tags])].slice(0, MAX_TAGS);
    if (!(known instanceof Promise)) return { items: items(known ?? []), complete: known !== undefined };
    if (here.length > 0) return { items: here, complete: false };
    const tags = await known;
    return { items: items(tags ?? []), complete: tags !== undefined };
  }

  config(reference: string): ImageFacts | undefined | Promise<ImageFacts | undefined> {
    const store = this.#store.get('');
    if (store instanceof Promise) return store.then((known) => this.#configIn(known, reference));
    return this.#configIn(store, reference);
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    for (const each of [this.#store, this.#tags, this.#configs]) each.close();
  }

  #configIn(
    store: Store | undefined,
    reference: string,
  ): ImageFacts | undefined | Promise<ImageFacts | undefined> {
    const parsed = image(reference);
    if (!parsed.ok || parsed.value.kind !== 'reference' || store === undefined) return undefined;
    const complete = normalImage(parsed.value, this.#registry ?? '');
    // An image that is not here would cost a process to say so.
    return store.references.has(complete) ? this.#configs.get(reference) : undefined;
  }

  async #open(): Promise<Engine> {
    const engine = await this.#engine();
    this.#registry = engine.images.defaultRegistry;
    return engine;
  }

  #read(images: readonly StoredImage[]): Store {
    const byLastUse = images.toSorted((a, b) => Number(b.lastUsed ?? 0) - Number(a.lastUsed ?? 0));
    const references = byLastUse.flatMap((each) => each.references);
    return {
      names: references.map((reference) => familiar(reference, this.#registry ?? '')),
      references: new Set(references),
    };
  }
}

/** A complete reference as users write it: without the default registry. */
function familiar(reference: string, registry: string): string {
  if (!reference.startsWith(`${registry}/`)) return reference;
  const short = reference.slice(registry.length + 1);
  return /^library\/[^/]+$/.test(short) ? short.slice('library/'.length) : short;
}
