import type { Connection, WorkDoneProgressReporter } from 'vscode-languageserver';
import type { Client } from './client.ts';

/** Work that is done by then is not worth a word. */
const SHOWN_AFTER_MS = 500;

/** Shows work that takes long, and lets the user end it, by `controller`. */
export async function withProgress(
  connection: Connection,
  client: Client,
  title: string,
  controller: AbortController,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  let shown: Promise<WorkDoneProgressReporter> | undefined;
  const timer = setTimeout(() => {
    if (client.showsProgress) shown = begin(connection, title, controller);
  }, SHOWN_AFTER_MS);
  try {
    await work(controller.signal);
  } finally {
    clearTimeout(timer);
    // A client that refuses to show it is no reason to fail.
    await shown?.then((progress) => progress.done()).catch(() => undefined);
  }
}

async function begin(
  connection: Connection,
  title: string,
  controller: AbortController,
): Promise<WorkDoneProgressReporter> {
  const progress = await connection.window.createWorkDoneProgress();
  progress.token.onCancellationRequested(() => controller.abort());
  progress.begin(title, undefined, undefined, true);
  return progress;
}
