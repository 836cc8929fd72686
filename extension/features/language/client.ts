// Starts the language server and hands it the editor's requests.

import { workspace } from 'vscode';
import type { LogOutputChannel } from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import type { LanguageClientOptions, ServerOptions } from 'vscode-languageclient/node';
import { LANGUAGE } from '../../contributions.ts';
import type { Disposable } from '../../host/disposables.ts';
import type { Installation } from '../../host/installation.ts';

export async function startLanguageClient(
  { languageServer }: Installation,
  log: LogOutputChannel,
): Promise<Disposable> {
  const server: ServerOptions = { module: languageServer, transport: TransportKind.stdio };
  const options: LanguageClientOptions = {
    documentSelector: [{ language: LANGUAGE }],
    outputChannel: log,
    // Until it is trusted, nothing is read but what is open in the editor.
    initializationOptions: { trusted: workspace.isTrusted, commands: ['editor.action.triggerSuggest'] },
  };
  const client = new LanguageClient('sandboxfile', 'Sandboxfile', server, options);
  await client.start();
  const granted = workspace.onDidGrantWorkspaceTrust(() => {
    void client.sendNotification('sandboxfile/trust', { trusted: true });
  });
  return {
    dispose: () => {
      granted.dispose();
      void client.dispose().catch(() => undefined);
    },
  };
}
