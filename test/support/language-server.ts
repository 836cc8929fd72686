import path from 'node:path';
import { LanguageClient } from './language-client.ts';
import type { ClientOptions, ServerCommand } from './language-client.ts';
import { repository } from './msb.ts';

export const languageServer: ServerCommand = {
  program: process.execPath,
  args: [
    process.env['LANGUAGE_SERVER'] ?? path.join(repository, 'dist/language-server/language-server.js'),
    '--stdio',
  ],
};

/** Our server, as it is built. */
export function startLanguageServer(options: ClientOptions): Promise<LanguageClient> {
  // Nobody's own images and sandboxes have a part in a test; nothing looks into folders with such a name.
  const env = { MENV_HOME: path.join(options.folder, '.home'), ...options.env };
  return LanguageClient.start(languageServer, { ...options, env });
}
