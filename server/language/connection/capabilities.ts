import { CodeActionKind, TextDocumentSyncKind, type ServerCapabilities } from 'vscode-languageserver';
import { TOKEN_LEGEND } from '../features/semantic-tokens/legend.ts';
import type { Client } from './client.ts';

/** Command by which a client that knows no code actions with edits has one applied. */
export const APPLY_EDIT = 'sandboxfile.applyEdit';

/** Behind these a value or one of its parts begins. */
const COMPLETION_TRIGGERS = [' ', ':', '/', '.', '-', '"', "'", '[', '{', ',', '@', '='];

/** What the client is told before anything else is loaded. */
export function capabilitiesFor(client: Client): ServerCapabilities {
  return {
    positionEncoding: 'utf-16',
    textDocumentSync: {
      openClose: true,
      change: TextDocumentSyncKind.Incremental,
      save: { includeText: false },
    },
    completionProvider: { triggerCharacters: COMPLETION_TRIGGERS },
    hoverProvider: true,
    selectionRangeProvider: true,
    documentSymbolProvider: true,
    foldingRangeProvider: true,
    documentLinkProvider: {},
    codeLensProvider: {},
    inlayHintProvider: true,
    semanticTokensProvider: { legend: TOKEN_LEGEND, full: true, range: true },
    documentFormattingProvider: true,
    documentRangeFormattingProvider: true,
    codeActionProvider: {
      codeActionKinds: [CodeActionKind.QuickFix],
      resolveProvider: client.lazyCodeActionEdits,
    },
    ...(client.codeActionLiterals || !client.appliesEdits
      ? {}
      : { executeCommandProvider: { commands: [APPLY_EDIT] } }),
    definitionProvider: true,
    referencesProvider: true,
    documentHighlightProvider: true,
    renameProvider: client.preparesRename ? { prepareProvider: true } : true,
    workspaceSymbolProvider: true,
    callHierarchyProvider: true,
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  };
}
