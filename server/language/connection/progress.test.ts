// Progress between a real connection's two ends.

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import {
  createConnection,
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type ProtocolConnection,
} from 'vscode-languageserver/node';
import { clientOf } from './client.ts';
import { withProgress } from './progress.ts';

const capabilities = { window: { workDoneProgress: true } };
const params = { processId: null, rootUri: null, capabilities };

/** A server that has initialized, and its client. */
async function connected() {
  const [up, down] = [new PassThrough(), new PassThrough()];
  const server = createConnection(new StreamMessageReader(up), new StreamMessageWriter(down));
  server.onInitialize(() => ({ capabilities: {} }));
  server.listen();
  const client: ProtocolConnection = createProtocolConnection(
    new StreamMessageReader(down),
    new StreamMessageWriter(up),
  );
  const said: string[] = [];
  client.onRequest('window/workDoneProgress/create', () => null);
  client.onNotification('$/progress', ({ token, value }: { token: string; value: { kind: string } }) => {
    said.push(value.kind);
    // The user has it ended as soon as it is shown.
    if (value.kind === 'begin') void client.sendNotification('window/workDoneProgress/cancel', { token });
  });
  client.listen();
  await client.sendRequest('initialize', params);
  return { server, client, said };
}

test('long work is shown and can be ended', { timeout: 120_000 }, async () => {
  const { server, client, said } = await connected();
  const work = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await withProgress(server, clientOf(params), 'Looking', new AbortController(), work);
  // Answered behind what was said before it.
  await client.sendRequest('shutdown');
  assert.deepEqual(said, ['begin', 'end']);
  client.dispose();
});

test('short work, and clients that show none, get no word', { timeout: 120_000 }, async () => {
  const { server, client, said } = await connected();
  await withProgress(server, clientOf(params), 'Looking', new AbortController(), () => Promise.resolve());
  await client.sendRequest('shutdown');
  assert.deepEqual(said, []);
  client.dispose();
});
