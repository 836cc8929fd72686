// The language server over standard input and output.

import {
  createConnection,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { serve } from './server.ts';

const connection = createConnection(
  ProposedFeatures.all,
  new StreamMessageReader(process.stdin),
  new StreamMessageWriter(process.stdout),
);
// Nothing may print there but the protocol.
console.log = console.info = (...parts: unknown[]) => connection.console.info(parts.join(' '));
const report = (error: unknown): void => {
  connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
};
process.on('uncaughtException', report);
process.on('unhandledRejection', report);
serve(connection);
