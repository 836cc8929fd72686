import { LSPErrorCodes, ResponseError } from 'vscode-languageserver';
import { incomingCalls, outgoingCalls, prepareCallHierarchy } from '../features/call-hierarchy.ts';
import { definition } from '../features/definition.ts';
import { highlights } from '../features/highlights.ts';
import { references } from '../features/references.ts';
import { prepareRename, rename, RenameRefused } from '../features/rename.ts';
import { workspaceSymbols } from '../features/workspace-symbols.ts';
import { answering, guarded, type Context } from './answer.ts';
import { toDefinition, toEdit } from './downgrade.ts';

/** What follows names through all files. */
export function offerNames(context: Context): void {
  const { connection, workspace, client, notice } = context;
  connection.onDefinition(
    answering(context, (document, { position }) =>
      toDefinition(client, definition(workspace, document, position)),
    ),
  );
  connection.onReferences(
    answering(context, async (document, { position, context: { includeDeclaration } }) => {
      await workspace.refresh();
      return [...references(workspace, document, position, includeDeclaration)];
    }),
  );
  connection.onDocumentHighlight(
    answering(context, (document, { position }) => [...highlights(workspace, document, position)]),
  );
  connection.onPrepareRename(
    answering(context, (document, { position }) => prepareRename(workspace, document, position) ?? null),
  );
  connection.onRenameRequest(
    answering(context, async (document, { position, newName }) => {
      await workspace.refresh();
      return refusing(() => {
        const edit = rename(workspace, document, position, newName);
        return edit === undefined ? null : toEdit(client, edit);
      });
    }),
  );
  connection.onWorkspaceSymbol(({ query }, token) =>
    guarded(connection, token, async () => {
      await workspace.settle();
      return notice.of('symbols of the workspace', workspaceSymbols(workspace, query));
    }),
  );
  const { callHierarchy } = connection.languages;
  callHierarchy.onPrepare(
    answering(context, (document, { position }) => [...prepareCallHierarchy(workspace, document, position)]),
  );
  callHierarchy.onIncomingCalls(({ item }, token) =>
    guarded(connection, token, async () => {
      await workspace.settle();
      return [...incomingCalls(workspace, item)];
    }),
  );
  callHierarchy.onOutgoingCalls(({ item }, token) =>
    guarded(connection, token, async () => {
      await workspace.settle();
      return [...outgoingCalls(workspace, item)];
    }),
  );
}

/** What the user asked for cannot be done, and is told why. */
function refusing<R>(work: () => R): R | ResponseError {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RenameRefused)) throw error;
    return new ResponseError(LSPErrorCodes.RequestFailed, error.message);
  }
}
