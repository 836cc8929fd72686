// Each request with the function that answers it.

import { ErrorCodes, ResponseError, WorkspaceEdit, type Connection } from 'vscode-languageserver';
import { Turn } from '../documents/turn.ts';
import type { Workspace } from '../documents/workspace.ts';
import { codeActions, resolveCodeAction } from '../features/code-actions.ts';
import { codeLenses } from '../features/code-lenses.ts';
import { completion } from '../features/completion.ts';
import { documentSymbols } from '../features/document-symbols.ts';
import { folding } from '../features/folding.ts';
import { formatting, rangeFormatting } from '../features/formatting.ts';
import { hover } from '../features/hover.ts';
import { inlayHints } from '../features/inlay-hints.ts';
import { links } from '../features/links.ts';
import { selectionRanges } from '../features/selection-ranges.ts';
import { semanticTokens } from '../features/semantic-tokens.ts';
import { answering, guarded, type Context } from './answer.ts';
import { APPLY_EDIT } from './capabilities.ts';
import type { Client } from './client.ts';
import { toCodeActions, toCompletion, toHover, toSymbols } from './downgrade.ts';
import { LimitNotice } from './limit-notice.ts';
import { offerNames } from './name-features.ts';

/** Answers the requests of all features, as the client can take them. */
export function offer(connection: Connection, workspace: Workspace, client: Client): void {
  const context = { connection, workspace, client, notice: new LimitNotice(connection) };
  offerText(context);
  offerStructure(context);
  offerChanges(context);
  offerFixes(context);
  offerNames(context);
}

/** What depends on a place in one file. */
function offerText(context: Context): void {
  const { connection, workspace, client } = context;
  connection.onCompletion(
    answering(context, async (document, { position }, signal) =>
      toCompletion(client, await completion(workspace, document, position, signal)),
    ),
  );
  connection.onHover(
    answering(context, async (document, { position }, signal) => {
      const found = await hover(workspace, document, position, signal);
      return found === undefined ? null : toHover(client, found);
    }),
  );
  connection.onSelectionRanges(
    answering(context, (document, { positions }) => [...selectionRanges(document, positions)]),
  );
}

/** What depends on a file as a whole. */
function offerStructure(context: Context): void {
  const { connection, workspace, client, notice } = context;
  connection.onDocumentSymbol(
    answering(context, (document) =>
      toSymbols(client, document.uri, notice.of('symbols of a file', documentSymbols(document))),
    ),
  );
  connection.onFoldingRanges(
    answering(context, (document) => notice.of('folding ranges', folding(document, client.foldingLimit))),
  );
  connection.onDocumentLinks(answering(context, (document) => notice.of('links of a file', links(document))));
  connection.onCodeLens(
    answering(context, async (document, _, signal) => {
      const lenses = await new Turn().run(codeLenses(workspace, document, client.commands), signal);
      return notice.of('code lenses', lenses);
    }),
  );
  connection.languages.inlayHint.on(
    answering(context, (document, { range }) => [...inlayHints(document, range)]),
  );
  const empty = { data: [] };
  connection.languages.semanticTokens.on(
    answering(context, (document, _, signal) => new Turn().run(semanticTokens(document), signal), empty),
  );
  connection.languages.semanticTokens.onRange(
    answering(
      context,
      (document, { range }, signal) => new Turn().run(semanticTokens(document, range), signal),
      empty,
    ),
  );
}

/** What changes a file. */
function offerChanges(context: Context): void {
  const { connection } = context;
  connection.onDocumentFormatting(answering(context, async (document) => [...(await formatting(document))]));
  connection.onDocumentRangeFormatting(
    answering(context, async (document, { range }) => [...(await rangeFormatting(document, range))]),
  );
}

function offerFixes(context: Context): void {
  const { connection, workspace, client } = context;
  connection.onCodeAction(
    answering(context, (document, { range, context: { diagnostics } }) => {
      const actions = codeActions(workspace, document, range, diagnostics);
      const complete = client.lazyCodeActionEdits
        ? actions
        : actions.map((action) => resolveCodeAction(workspace, action));
      return toCodeActions(client, complete);
    }),
  );
  connection.onCodeActionResolve((action, token) =>
    guarded(connection, token, async () => {
      await workspace.settle();
      return resolveCodeAction(workspace, action);
    }),
  );
  connection.onExecuteCommand(async ({ command, arguments: [edit] = [] }) => {
    if (command !== APPLY_EDIT || !WorkspaceEdit.is(edit)) {
      return new ResponseError(ErrorCodes.InvalidParams, `unknown command ${command}`);
    }
    await connection.workspace.applyEdit(edit);
    return null;
  });
}
