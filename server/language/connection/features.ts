// The capabilities, each with the function that provides it.

import { CodeActionKind, type Connection, type ServerCapabilities } from 'vscode-languageserver';
import type { Workspace } from '../documents/workspace.ts';
import { codeActions, resolveCodeAction } from '../features/code-actions.ts';
import { codeLenses } from '../features/code-lenses.ts';
import { completion } from '../features/completion.ts';
import { documentSymbols } from '../features/document-symbols.ts';
import { folding } from '../features/folding.ts';
import { formatting } from '../features/formatting.ts';
import { hover } from '../features/hover.ts';
import { inlayHints } from '../features/inlay-hints.ts';
import { links } from '../features/links.ts';
import { selectionRanges } from '../features/selection-ranges.ts';
import { semanticTokens, TOKEN_LEGEND } from '../features/semantic-tokens.ts';
import { answering, guarded, type Context } from './answer.ts';
import { offerNames } from './name-features.ts';

/** Answers the requests of all features; what they are is for the client to know. */
export function offer(connection: Connection, workspace: Workspace): ServerCapabilities {
  const context = { connection, workspace };
  return {
    ...offerText(context),
    ...offerStructure(context),
    ...offerChanges(context),
    ...offerNames(context),
  };
}

/** What depends on a place in one file. */
function offerText(context: Context): ServerCapabilities {
  const { connection, workspace } = context;
  connection.onCompletion(
    answering(context, (document, { position }, signal) => completion(workspace, document, position, signal)),
  );
  connection.onHover(
    answering(context, async (document, { position }, signal) => {
      return (await hover(workspace, document, position, signal)) ?? null;
    }),
  );
  connection.onSelectionRanges(
    answering(context, (document, { positions }) => [...selectionRanges(document, positions)]),
  );
  return {
    completionProvider: { triggerCharacters: [...COMPLETION_TRIGGERS] },
    hoverProvider: true,
    selectionRangeProvider: true,
  };
}

/** What depends on a file as a whole. */
function offerStructure(context: Context): ServerCapabilities {
  const { connection, workspace } = context;
  connection.onDocumentSymbol(answering(context, (document) => [...documentSymbols(document)]));
  connection.onFoldingRanges(answering(context, (document) => [...folding(document)]));
  connection.onDocumentLinks(answering(context, (document) => [...links(document)]));
  connection.onCodeLens(answering(context, (document) => [...codeLenses(workspace, document)]));
  connection.languages.inlayHint.on(
    answering(context, (document, { range }) => [...inlayHints(document, range)]),
  );
  const empty = { data: [] };
  connection.languages.semanticTokens.on(answering(context, (document) => semanticTokens(document), empty));
  connection.languages.semanticTokens.onRange(
    answering(context, (document, { range }) => semanticTokens(document, range), empty),
  );
  return {
    documentSymbolProvider: true,
    foldingRangeProvider: true,
    documentLinkProvider: {},
    codeLensProvider: {},
    inlayHintProvider: true,
    semanticTokensProvider: { legend: TOKEN_LEGEND, full: true, range: true },
  };
}

/** What changes a file. */
function offerChanges(context: Context): ServerCapabilities {
  const { connection, workspace } = context;
  connection.onDocumentFormatting(answering(context, async (document) => [...(await formatting(document))]));
  connection.onCodeAction(
    answering(context, (document, { range, context: { diagnostics } }) => [
      ...codeActions(workspace, document, range, diagnostics),
    ]),
  );
  connection.onCodeActionResolve((action, token) =>
    guarded(connection, token, async () => {
      await workspace.settle();
      return resolveCodeAction(workspace, action);
    }),
  );
  return {
    documentFormattingProvider: true,
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix], resolveProvider: true },
  };
}

/** Behind these a value or one of its parts begins. */
const COMPLETION_TRIGGERS = [' ', ':', '/', '.', '-', '"', "'", '[', '{', ',', '@', '='];
