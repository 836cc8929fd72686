import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Position } from 'vscode-languageserver-types';
import { hostFolder, parseSandboxfile, resolveHostPath } from '../../sandboxfile/index.ts';
import type { Importer, LanguageDocument, LanguageWorkspace, Lines } from '../document-types.ts';
import type { Providers } from '../providers.ts';

/** Files in memory, below `/project` unless they are absolute, none of which changes. */
export class TestWorkspace implements LanguageWorkspace {
  readonly providers: Providers;
  readonly #documents = new Map<string, LanguageDocument>();

  constructor(files: Readonly<Record<string, string>>, providers: Providers = {}) {
    this.providers = providers;
    for (const [name, text] of Object.entries(files)) {
      const path = name.startsWith('/') ? name : `/project/${name}`;
      this.#documents.set(path, testDocument(path, text));
    }
  }

  file(name = 'Sandboxfile'): LanguageDocument {
    const document = this.#documents.get(`/project/${name}`);
    if (document === undefined) throw new Error(`no file ${name}`);
    return document;
  }

  documents(): Iterable<LanguageDocument> {
    return this.#documents.values();
  }

  module(from: LanguageDocument, path: string): LanguageDocument | undefined {
    return this.#documents.get(resolveHostPath(hostFolder(from.path), path));
  }

  mayEdit({ path }: LanguageDocument): boolean {
    return path.startsWith('/project/');
  }

  importers(document: LanguageDocument): Iterable<Importer> {
    return [...this.#documents.values()].flatMap((other) =>
      [...(other.project.fields.modules?.value?.keys() ?? [])]
        .filter((path) => this.module(other, path) === document)
        .map((path) => ({ document: other, path })),
    );
  }
}

export interface Marked {
  readonly workspace: TestWorkspace;
  readonly document: LanguageDocument;
  readonly offset: number;
  readonly position: Position;
}

/** A Sandboxfile with the cursor at the first `|`; other files as they are. `^` stands for a bar. */
export function marked(
  text: string,
  more: Readonly<Record<string, string>> = {},
  providers: Providers = {},
): Marked {
  const offset = Math.max(text.indexOf('|'), 0);
  const clean = text.replace('|', '').replaceAll('^', '|');
  const workspace = new TestWorkspace({ Sandboxfile: clean, ...more }, providers);
  const document = workspace.file();
  return { workspace, document, offset, position: document.lines.positionAt(offset) };
}

export const NEVER: AbortSignal = new AbortController().signal;

function testDocument(path: string, text: string): LanguageDocument {
  const uri = `file://${path}`;
  const { project, problems } = parseSandboxfile(text, { file: path, folder: hostFolder(path) });
  return { uri, version: 1, isOpen: true, path, text, lines: linesOf(uri, text), project, problems };
}

function linesOf(uri: string, text: string): Lines {
  const document = TextDocument.create(uri, 'sandboxfile', 1, text);
  return {
    count: document.lineCount,
    positionAt: (offset) => document.positionAt(offset),
    offsetAt: (position) => document.offsetAt(position),
    rangeOf: ({ start, end }) => ({ start: document.positionAt(start), end: document.positionAt(end) }),
  };
}
