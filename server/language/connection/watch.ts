import { DidChangeWatchedFilesNotification, type Connection } from 'vscode-languageserver';

/** Sandboxfiles, and what modules are usually called. */
const PATTERNS = ['**/Sandboxfile', '**/Sandboxfile.*', '**/*.sandboxfile', '**/*.{yaml,yml,env}'];

/** Asks the client to tell when files change on disk. */
export async function watchFiles(connection: Connection): Promise<void> {
  await connection.client.register(DidChangeWatchedFilesNotification.type, {
    watchers: PATTERNS.map((globPattern) => ({ globPattern })),
  });
}
