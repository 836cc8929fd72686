import {
  LSPErrorCodes,
  ResponseError,
  ErrorCodes,
  type CancellationToken,
  type Connection,
} from 'vscode-languageserver';
import type { LanguageDocument } from '../document-types.ts';
import { Queue } from '../documents/turn.ts';
import type { Workspace } from '../documents/workspace.ts';
import type { Client } from './client.ts';
import type { LimitNotice } from './limit-notice.ts';

interface DocumentParams {
  readonly textDocument: { readonly uri: string };
}

export interface Context {
  readonly connection: Connection;
  readonly workspace: Workspace;
  readonly client: Client;
  readonly notice: LimitNotice;
}

type Answer<R> = R | ResponseError | Promise<R | ResponseError>;

const QUEUE = new Queue();

/** What a feature says about one version of one file. */
export type Feature<P, R> = (document: LanguageDocument, params: P, signal: AbortSignal) => Answer<R>;

/**
 * A request's handler around a feature: it gets the newest text, and its answer is dropped when that
 * is not the newest any more. What it throws is an error of this one request.
 */
export function answering<P extends DocumentParams, R>(
  context: Context,
  feature: Feature<P, R>,
): (params: P, token: CancellationToken) => Promise<R | ResponseError | null>;
export function answering<P extends DocumentParams, R>(
  context: Context,
  feature: Feature<P, R>,
  otherwise: R,
): (params: P, token: CancellationToken) => Promise<R | ResponseError>;
export function answering<P extends DocumentParams, R>(
  { workspace, connection }: Context,
  feature: Feature<P, R>,
  otherwise?: R,
): (params: P, token: CancellationToken) => Promise<R | ResponseError | null> {
  return async (params, token) => {
    const file = workspace.get(params.textDocument.uri);
    if (file === undefined) return otherwise ?? null;
    return guarded(connection, token, async (signal) => {
      await workspace.settle();
      // Editors ask for everything at once: no answer waits for all others to be ready.
      await QUEUE.wait();
      signal.throwIfAborted();
      const document = await file.snapshot();
      const answer = await feature(document, params, signal);
      if (file.source.version === document.version) return answer;
      return new ResponseError(LSPErrorCodes.ContentModified, 'the text has changed');
    });
  };
}

/** Turns the token into a signal, and failures into errors of the request. */
export async function guarded<R>(
  connection: Connection,
  token: CancellationToken,
  work: (signal: AbortSignal) => Promise<R | ResponseError>,
): Promise<R | ResponseError> {
  const controller = new AbortController();
  const subscription = token.onCancellationRequested(() => controller.abort());
  try {
    const answer = await work(controller.signal);
    return token.isCancellationRequested ? cancelled() : answer;
  } catch (error) {
    if (token.isCancellationRequested) return cancelled();
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    connection.console.error(message);
    return new ResponseError(ErrorCodes.InternalError, message.split('\n')[0] ?? message);
  } finally {
    subscription.dispose();
  }
}

function cancelled(): ResponseError {
  return new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
}
