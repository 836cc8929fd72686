import { SymbolKind, type WorkspaceSymbol } from 'vscode-languageserver-types';
import type { LanguageWorkspace } from '../document-types.ts';
import type { Limited } from './limited.ts';
import { occurrencesOf, type NameKind } from './names/occurrence.ts';

const MAX_SYMBOLS = 500;

const KINDS: Readonly<Record<NameKind, SymbolKind>> = {
  sandbox: SymbolKind.Class,
  build: SymbolKind.Interface,
  group: SymbolKind.Module,
  artifact: SymbolKind.Variable,
  volume: SymbolKind.Variable,
  script: SymbolKind.Function,
};

/** What any known file defines, by the letters of its name in their order. */
export function workspaceSymbols(workspace: LanguageWorkspace, query: string): Limited<WorkspaceSymbol> {
  const letters = query.toLowerCase();
  const found: WorkspaceSymbol[] = [];
  for (const document of workspace.documents()) {
    for (const occurrence of occurrencesOf(document.project)) {
      if (occurrence.role !== 'definition' || !holds(occurrence.name.toLowerCase(), letters)) continue;
      if (found.length >= MAX_SYMBOLS) return { items: found, limit: MAX_SYMBOLS };
      const { kind, name, owner, span } = occurrence;
      found.push({
        name,
        kind: KINDS[kind],
        location: { uri: document.uri, range: document.lines.rangeOf(span) },
        ...(owner === undefined ? {} : { containerName: owner.name }),
      });
    }
  }
  return { items: found };
}

function holds(name: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = name.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
