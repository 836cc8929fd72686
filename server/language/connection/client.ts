import { MarkupKind, type ClientCapabilities, type InitializeParams } from 'vscode-languageserver';
import { initializationOptions } from './options.ts';

/** What the client can take. Where it does not say, it is taken for one that cannot. */
export interface Client {
  readonly definitionLinks: boolean;
  readonly symbolTree: boolean;
  readonly hoverMarkdown: boolean;
  readonly completionMarkdown: boolean;
  readonly completionTags: boolean;
  readonly insertTextModes: boolean;
  /** Code actions with an edit of their own, not only commands. */
  readonly codeActionLiterals: boolean;
  /** Edits of code actions may be asked for later. */
  readonly lazyCodeActionEdits: boolean;
  readonly appliesEdits: boolean;
  /** Edits that name the version they are for. */
  readonly versionedEdits: boolean;
  /** Edits that make files. */
  readonly createsFiles: boolean;
  readonly preparesRename: boolean;
  readonly watchesFiles: boolean;
  readonly showsProgress: boolean;
  /** Ranges that are shown at most. */
  readonly foldingLimit: number | undefined;
  readonly refreshes: {
    readonly codeLens: boolean;
    readonly inlayHint: boolean;
    readonly semanticTokens: boolean;
  };
  /** Commands of the client that items may name. */
  readonly commands: ReadonlySet<string>;
}

export function clientOf(params: InitializeParams): Client {
  const { workspace, textDocument, window }: ClientCapabilities = params.capabilities;
  const { completion, codeAction, foldingRange } = textDocument ?? {};
  const { completionItem } = completion ?? {};
  return {
    definitionLinks: textDocument?.definition?.linkSupport === true,
    symbolTree: textDocument?.documentSymbol?.hierarchicalDocumentSymbolSupport === true,
    hoverMarkdown: prefersMarkdown(textDocument?.hover?.contentFormat),
    completionMarkdown: prefersMarkdown(completionItem?.documentationFormat),
    completionTags: completionItem?.tagSupport !== undefined,
    insertTextModes: completionItem?.insertTextModeSupport !== undefined,
    codeActionLiterals: codeAction?.codeActionLiteralSupport !== undefined,
    lazyCodeActionEdits:
      codeAction?.dataSupport === true && codeAction.resolveSupport?.properties.includes('edit') === true,
    appliesEdits: workspace?.applyEdit === true,
    versionedEdits: workspace?.workspaceEdit?.documentChanges === true,
    createsFiles: workspace?.workspaceEdit?.resourceOperations?.includes('create') === true,
    preparesRename: textDocument?.rename?.prepareSupport === true,
    watchesFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    showsProgress: window?.workDoneProgress === true,
    foldingLimit: foldingRange?.rangeLimit,
    refreshes: {
      codeLens: workspace?.codeLens?.refreshSupport === true,
      inlayHint: workspace?.inlayHint?.refreshSupport === true,
      semanticTokens: workspace?.semanticTokens?.refreshSupport === true,
    },
    commands: new Set(initializationOptions(params).commands),
  };
}

/** Formats come in the order of preference. */
function prefersMarkdown(formats: readonly MarkupKind[] | undefined): boolean {
  return formats?.[0] === MarkupKind.Markdown;
}
