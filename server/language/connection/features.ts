// The capabilities, each with the function that provides it.

import type { Connection, ServerCapabilities } from 'vscode-languageserver';
import type { Workspace } from '../documents/workspace.ts';
import { completion } from '../features/completion.ts';
import { definition } from '../features/definition.ts';
import { answering } from './answer.ts';

/** Answers the requests of all features; what they are is for the client to know. */
export function offer(connection: Connection, workspace: Workspace): ServerCapabilities {
  const context = { connection, workspace };

  connection.onCompletion(
    answering(context, (document, { position }, signal) => completion(workspace, document, position, signal)),
  );
  connection.onDefinition(
    answering(context, (document, { position }) => [...definition(workspace, document, position)]),
  );
  return {
    completionProvider: { triggerCharacters: [...COMPLETION_TRIGGERS], resolveProvider: false },
    definitionProvider: true,
  };
}

/** Behind these a value or one of its parts begins. */
const COMPLETION_TRIGGERS = [' ', ':', '/', '.', '-', '"', "'", '[', '{', ',', '@', '='];
