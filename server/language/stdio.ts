// Answers `initialize` with as little loaded as that takes; the rest is loaded when the client goes on.

import {
  createConnection,
  ErrorCodes,
  ProposedFeatures,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  type InitializeParams,
} from 'vscode-languageserver/node';
import { capabilitiesFor } from './connection/capabilities.ts';
import { clientOf } from './connection/client.ts';
import type { Live } from './providers.ts';

/** Serves whoever is at the other end of the pipes. `openLive` is called when the client goes on. */
export function listen(openLive: () => Promise<Live>): void {
  let params: InitializeParams | undefined;
  let loading: Promise<void> | undefined;
  let isLoaded = false;

  const connection = createConnection(
    ProposedFeatures.all,
    new StreamMessageReader(process.stdin),
    new StreamMessageWriter(process.stdout),
    {
      messageStrategy: {
        // Messages wait in their order until there is somebody to take them.
        handleMessage: (message, next) => {
          if (isLoaded || params === undefined) return next(message);
          loading ??= load(params);
          return loading.then(() => next(message));
        },
      },
    },
  );
  // Nothing may print there but the protocol.
  console.log = console.info = (...parts: unknown[]) => connection.console.info(parts.join(' '));
  const report = (error: unknown): void => {
    connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);

  const load = async (params: InitializeParams): Promise<void> => {
    try {
      const [{ serve }, live] = await Promise.all([import('./server.ts'), openLive()]);
      serve(connection, params, live);
      isLoaded = true;
    } catch (error) {
      console.error(error);
      process.exit(1);
    }
  };
  // Whatever nobody else takes.
  connection.onRequest((method) => {
    return params === undefined
      ? new ResponseError(ErrorCodes.ServerNotInitialized, 'the server is not initialized')
      : new ResponseError(ErrorCodes.MethodNotFound, `unknown method ${method}`);
  });
  connection.onInitialize((initialize) => {
    params = initialize;
    return {
      capabilities: capabilitiesFor(clientOf(initialize)),
      serverInfo: { name: 'sandboxfile-language-server' },
    };
  });
  connection.listen();
}
