import { SymbolKind, type DocumentSymbol } from 'vscode-languageserver-types';
import type { Build, Field, Group, Sandbox } from '../../sandboxfile/index.ts';
import type { LanguageDocument } from '../document-types.ts';
import type { Limited } from './limited.ts';
import { entrySpan } from './spans.ts';

/** More makes editors slow and helps nobody. */
const MAX_SYMBOLS = 10_000;

const SECTIONS = ['meta', 'modules', 'builds', 'sandboxes', 'groups'] as const;

/** The file's sections, their components, and what components name themselves. */
export function documentSymbols(document: LanguageDocument): Limited<DocumentSymbol> {
  const outline = new Outline(document);
  const { project } = document;
  const components = {
    builds: project.builds,
    sandboxes: project.sandboxes,
    groups: project.groups,
  } as const;
  const symbols = SECTIONS.flatMap((section) => {
    const field = project.fields[section];
    if (field === undefined) return [];
    if (section === 'meta') return [outline.symbol('meta', SymbolKind.Object, field, () => [])];
    const children = () =>
      section === 'modules'
        ? outline.named(project.fields.modules, SymbolKind.Package)
        : [...components[section].values()].flatMap((component) => outline.component(component));
    return [outline.symbol(section, SymbolKind.Namespace, field, children)];
  });
  const items = symbols.sort(
    (a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character,
  );
  return outline.isFull ? { items, limit: MAX_SYMBOLS } : { items };
}

type Entries = Field<ReadonlyMap<string, Field<unknown>>> | undefined;

class Outline {
  readonly #document: LanguageDocument;
  #left = MAX_SYMBOLS;
  #isFull = false;

  constructor(document: LanguageDocument) {
    this.#document = document;
  }

  /** Something found no room. */
  get isFull(): boolean {
    return this.#isFull;
  }

  symbol(
    name: string,
    kind: SymbolKind,
    { key, span }: Field<unknown>,
    children: () => readonly DocumentSymbol[],
    detail = '',
  ): DocumentSymbol {
    const { lines, text } = this.#document;
    this.#left--;
    return {
      // An empty name is one that editors refuse.
      name: name === '' ? '""' : name,
      kind,
      ...(detail === '' ? {} : { detail }),
      range: lines.rangeOf(entrySpan(text, key, span)),
      selectionRange: lines.rangeOf(key),
      children: [...children()],
    };
  }

  component(component: Sandbox | Build | Group): readonly DocumentSymbol[] {
    if (component.origin !== this.#document.project.origin || !this.#hasRoom()) return [];
    const { name, kind, place } = component;
    const field = { key: place.name, span: place.value, value: undefined };
    const detail = component.kind === 'group' ? component.subnet?.text : component.image?.text;
    return [this.symbol(name, KINDS[kind], field, () => this.#parts(component), detail)];
  }

  named(entries: Entries, kind: SymbolKind): readonly DocumentSymbol[] {
    return [...(entries?.value ?? [])].flatMap(([name, field]) =>
      this.#hasRoom() ? [this.symbol(name, kind, field, () => [])] : [],
    );
  }

  #hasRoom(): boolean {
    this.#isFull ||= this.#left <= 0;
    return this.#left > 0;
  }

  #parts(component: Sandbox | Build | Group): readonly DocumentSymbol[] {
    // What an alias brings is shown where it is written.
    if (component.place.value.start < component.place.name.end) return [];
    if (component.kind === 'group') return this.named(component.fields.volumes, SymbolKind.Variable);
    const exported = this.named(component.fields.exports, SymbolKind.Variable);
    if (component.kind === 'sandbox') {
      return [...this.named(component.fields.scripts, SymbolKind.Function), ...exported];
    }
    const steps = component.fields.steps;
    const isMap = steps?.value instanceof Map;
    return isMap ? [...this.named(steps as Entries, SymbolKind.Function), ...exported] : exported;
  }
}

const KINDS = { sandbox: SymbolKind.Class, build: SymbolKind.Interface, group: SymbolKind.Module } as const;
