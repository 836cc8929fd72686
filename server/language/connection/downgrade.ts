// The features' answers in the forms that older or smaller clients understand.

import {
  CreateFile,
  type CodeAction,
  MarkupKind,
  type Command,
  type CompletionList,
  type CompletionItem,
  type DocumentSymbol,
  type Hover,
  type Location,
  type LocationLink,
  type SymbolInformation,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import { plainText } from '../features/markdown.ts';
import { APPLY_EDIT } from './capabilities.ts';
import type { Client } from './client.ts';

export function toDefinition(
  { definitionLinks }: Client,
  links: readonly LocationLink[],
): LocationLink[] | Location[] {
  if (definitionLinks) return [...links];
  return links.map(({ targetUri, targetSelectionRange }) => ({
    uri: targetUri,
    range: targetSelectionRange,
  }));
}

export function toSymbols(
  { symbolTree }: Client,
  uri: string,
  symbols: readonly DocumentSymbol[],
): DocumentSymbol[] | SymbolInformation[] {
  return symbolTree ? [...symbols] : flat(uri, symbols);
}

function flat(uri: string, symbols: readonly DocumentSymbol[], container?: string): SymbolInformation[] {
  return symbols.flatMap(({ name, kind, range, children = [] }) => [
    {
      name,
      kind,
      location: { uri, range },
      ...(container === undefined ? {} : { containerName: container }),
    },
    ...flat(uri, children, name),
  ]);
}

export function toHover({ hoverMarkdown }: Client, hover: Hover): Hover {
  const { contents } = hover;
  if (hoverMarkdown || !('kind' in Object(contents))) return hover;
  const { value } = contents as { readonly value: string };
  return { ...hover, contents: { kind: MarkupKind.PlainText, value: plainText(value) } };
}

export function toCompletion(client: Client, { isIncomplete, items }: CompletionList): CompletionList {
  return { isIncomplete, items: items.map((item) => toItem(client, item)) };
}

function toItem(client: Client, item: CompletionItem): CompletionItem {
  const { documentation, tags, insertTextMode, command, ...rest } = item;
  return {
    ...rest,
    ...(documentation === undefined ? {} : { documentation: toDocumentation(client, documentation) }),
    ...(tags === undefined || !client.completionTags ? {} : { tags }),
    ...(insertTextMode === undefined || !client.insertTextModes ? {} : { insertTextMode }),
    ...(command === undefined || !client.commands.has(command.command) ? {} : { command }),
  };
}

type Documentation = NonNullable<CompletionItem['documentation']>;

function toDocumentation({ completionMarkdown }: Client, documentation: Documentation): Documentation {
  if (completionMarkdown || typeof documentation === 'string') return documentation;
  return { kind: MarkupKind.PlainText, value: plainText(documentation.value) };
}

export function toEdit({ versionedEdits }: Client, edit: WorkspaceEdit): WorkspaceEdit {
  if (versionedEdits || edit.documentChanges === undefined) return edit;
  const changes: NonNullable<WorkspaceEdit['changes']> = {};
  for (const change of edit.documentChanges) {
    if (!('textDocument' in change)) continue;
    const edits = change.edits.flatMap((each) => ('newText' in each ? [each] : []));
    changes[change.textDocument.uri] = [...(changes[change.textDocument.uri] ?? []), ...edits];
  }
  return { changes };
}

export function toCodeActions(client: Client, actions: readonly CodeAction[]): (CodeAction | Command)[] {
  const usable = actions
    .filter(({ edit }) => client.createsFiles || edit?.documentChanges?.some(CreateFile.is) !== true)
    .map(({ edit, ...action }) => ({
      ...action,
      ...(edit === undefined ? {} : { edit: toEdit(client, edit) }),
    }));
  if (client.codeActionLiterals) return usable;
  if (!client.appliesEdits) return [];
  return usable.flatMap(({ title, edit }) =>
    edit === undefined ? [] : [{ title, command: APPLY_EDIT, arguments: [edit] }],
  );
}
