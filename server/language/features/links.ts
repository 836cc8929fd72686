import { pathToFileURL } from 'node:url';
import type { DocumentLink } from 'vscode-languageserver-types';
import { resolveHostPath, type Field, type Span } from '../../sandboxfile/index.ts';
import type { LanguageDocument } from '../document-types.ts';
import { limited, type Limited } from './limited.ts';
import { quoteOf } from './scalar.ts';

/** More makes editors slow and helps nobody. */
const MAX_LINKS = 5_000;

type MetaFields = NonNullable<LanguageDocument['project']['fields']['meta']>;

/** Paths of the host, which open in the editor, and URLs. */
export function links(document: LanguageDocument): Limited<DocumentLink> {
  const { project } = document;
  const found = new Links(document);
  for (const [path, { key }] of project.fields.modules?.value ?? []) found.path(path, key);
  found.meta(project.fields.meta);
  for (const component of [...project.sandboxes.values(), ...project.builds.values()]) {
    const { fields } = component;
    if (component.origin !== project.origin) continue;
    if (fields.image?.value?.kind === 'path') found.path(fields.image.value.text, fields.image.span);
    for (const { value, span } of fields.volumes?.value ?? []) found.path(value.host, span);
    if (fields.env_file?.value !== undefined) found.path(fields.env_file.value, fields.env_file.span);
    for (const { value, span } of fields.imports?.value?.values() ?? []) {
      if (value !== undefined && 'kind' in value && value.kind === 'host') found.path(value.path, span);
    }
    if (component.kind === 'sandbox') found.meta(component.fields.meta);
  }
  for (const { fields } of project.groups.values()) found.meta(fields.meta);
  return limited(found.all, MAX_LINKS);
}

class Links {
  readonly all: DocumentLink[] = [];
  /** Aliases and merge keys make one place be read more than once. */
  readonly #seen = new Set<number>();
  readonly #document: LanguageDocument;

  constructor(document: LanguageDocument) {
    this.#document = document;
  }

  meta(field: MetaFields | undefined): void {
    const { readme, icon, homepage, repository } = field?.value ?? {};
    for (const path of [readme, icon]) if (path?.value !== undefined) this.path(path.value, path.span);
    for (const url of [homepage, repository]) this.#url(url);
  }

  /** The part of the scalar at `span` that is the path, so far as it starts with it. */
  path(path: string, span: Span): void {
    const { folder } = this.#document.project.origin;
    if (folder === '' || path.includes('\0')) return;
    const target = resolveHostPath(folder, path.replace(/#[^#/]*$/, ''));
    this.#add(span, path, pathToFileURL(target).href);
  }

  #url(field: Field<string> | undefined): void {
    if (field?.value !== undefined && /^https?:\/\/[^\s]+$/.test(field.value)) {
      this.#add(field.span, field.value, field.value);
    }
  }

  #add({ start, end }: Span, shown: string, target: string): void {
    const { text, lines } = this.#document;
    const inside = start + quoteOf(text.slice(start, end)).length;
    // Written with escapes or on several lines: nothing that could be marked.
    if (!text.startsWith(shown, inside) || this.#seen.has(inside) || this.#seen.size > MAX_LINKS) return;
    this.#seen.add(inside);
    this.all.push({ range: lines.rangeOf({ start: inside, end: inside + shown.length }), target });
  }
}
