import type { InlayHint, Range } from 'vscode-languageserver-types';
import {
  isAbsoluteHostPath,
  resolveHostPath,
  type Build,
  type Sandbox,
  type Span,
} from '../../sandboxfile/index.ts';
import { lineEnd } from '../cursor/line.ts';
import type { LanguageDocument } from '../document-types.ts';

/** What is not written: defaults, and where relative paths lead. */
export function inlayHints(document: LanguageDocument, range: Range): readonly InlayHint[] {
  const { project, lines } = document;
  const wanted = { start: lines.offsetAt(range.start), end: lines.offsetAt(range.end) };
  const hints = new Hints(document, wanted);
  for (const component of [...project.sandboxes.values(), ...project.builds.values()]) {
    if (component.origin !== project.origin) continue;
    const { name, value } = component.place;
    // Values of aliases stand elsewhere, and are shown there.
    if (value.end < wanted.start || name.start > wanted.end) continue;
    hints.defaults(component);
    hints.paths(component);
    hints.imports(component);
  }
  hints.modules();
  return hints.all.sort(
    (a, b) => a.position.line - b.position.line || a.position.character - b.position.character,
  );
}

class Hints {
  readonly all: InlayHint[] = [];
  readonly #document: LanguageDocument;
  readonly #wanted: Span;
  /** Aliases and merge keys make one place be read more than once. */
  readonly #seen = new Set<number>();

  constructor(document: LanguageDocument, wanted: Span) {
    this.#document = document;
    this.#wanted = wanted;
  }

  defaults(component: Sandbox | Build): void {
    const { fields, image, place } = component;
    const absent = [
      fields.memory === undefined && fields.ram === undefined
        ? `${String(component.memoryMib)} MiB`
        : undefined,
      fields.cpus === undefined ? `${String(component.cpus)} CPU` : undefined,
      component.kind === 'sandbox' &&
      component.fields.scope === undefined &&
      component.fields.network === undefined
        ? component.scope
        : undefined,
    ].filter((word) => word !== undefined);
    const { text } = this.#document;
    const colon = /[ \t]*:/y;
    colon.lastIndex = place.name.end;
    const end = colon.test(text) ? colon.lastIndex : place.name.end;
    if (absent.length > 0 && end <= lineEnd(text, end)) {
      this.#add(end, absent.join(' · '), 'Defaults of keys that are not there');
    }
    const isBare = image?.kind === 'reference' && image.tag === undefined && image.digest === undefined;
    if (isBare && fields.image !== undefined)
      this.#add(fields.image.span.end, ':latest', 'The tag that is meant');
  }

  /** Where artifacts come from; of this file's builds, as others are not read here. */
  imports({ fields }: Sandbox | Build): void {
    const { builds } = this.#document.project;
    for (const [name, { value, span }] of fields.imports?.value ?? []) {
      if (value === undefined) continue;
      if (!('kind' in value)) {
        for (const [artifact, { span }] of value)
          this.#artifact(builds.get(name)?.exports.get(artifact), span);
        continue;
      }
      const exporters = [...builds.values()].filter(({ exports }) => exports.has(name));
      const [exporter] = exporters;
      if (value.kind !== 'artifact' || exporter === undefined || exporters.length > 1) continue;
      this.#artifact(exporter.exports.get(name), span, ` of ${exporter.name}`);
    }
  }

  /** Modules elsewhere: whoever reads this should know. */
  modules(): void {
    const { project } = this.#document;
    const { folder } = project.origin;
    if (folder === '') return;
    for (const [path, { key }] of project.fields.modules?.value ?? []) {
      if (/^\.\.[/\\]/.test(path)) this.#path(path, key, folder);
    }
  }

  paths({ fields, origin }: Sandbox | Build): void {
    if (origin.folder === '') return;
    for (const { value, span } of fields.volumes?.value ?? []) this.#path(value.host, span, origin.folder);
    const { env_file: envFile } = fields;
    if (envFile?.value !== undefined) this.#path(envFile.value, envFile.span, origin.folder);
  }

  #artifact(path: string | undefined, span: Span, of = ''): void {
    if (path !== undefined) this.#add(span.end, `← ${path}${of}`, 'The artifact in its build');
  }

  #path(path: string, span: Span, folder: string): void {
    if (isAbsoluteHostPath(path)) return;
    this.#add(span.end, `→ ${resolveHostPath(folder, path)}`, 'The path on the host');
  }

  #add(offset: number, label: string, tooltip: string): void {
    if (offset < this.#wanted.start || offset > this.#wanted.end || this.#seen.has(offset)) return;
    this.#seen.add(offset);
    const position = this.#document.lines.positionAt(offset);
    this.all.push({ position, label, tooltip, paddingLeft: !label.startsWith(':') });
  }
}
