import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { LanguageClient } from '../../support/language-client.ts';
import type { ServerCommand } from '../../support/language-client.ts';
import { languageServer, startLanguageServer } from '../../support/language-server.ts';
import { repository } from '../../support/msb.ts';

/** A server of the comparison, and the file that it has open. */
export interface Peer {
  readonly client: LanguageClient;
  readonly uri: string;
  readonly languageId: string;
}

const schema = pathToFileURL(path.join(repository, 'schemas/sandboxfile.schema.json')).href;
const yamlLanguageServer: ServerCommand = {
  program: process.execPath,
  args: [path.join(repository, 'node_modules/yaml-language-server/bin/yaml-language-server'), '--stdio'],
};
/** Everything on that ours does, nothing that asks the network; sections asked for one by one. */
const settings = {
  validate: true,
  hover: true,
  completion: true,
  format: { enable: true },
  schemas: { [schema]: '*.yaml' },
  schemaStore: { enable: false, url: '' },
  maxItemsComputed: 5000,
};

export async function startOurs(folder: string): Promise<Peer> {
  const client = await startLanguageServer({ folder, initializationOptions: { trusted: false } });
  return { client, uri: pathToFileURL(path.join(folder, 'Sandboxfile')).href, languageId: 'sandboxfile' };
}

/** Ours, telling how long it was deaf. */
export async function startProbed(folder: string, trusted: boolean): Promise<Peer> {
  const probe = new URL('loop-probe.ts', import.meta.url).href;
  const { program, args } = languageServer;
  const command = { program, args: ['--import', probe, ...args], hasChannel: true };
  const client = await LanguageClient.start(command, { folder, initializationOptions: { trusted } });
  return { client, uri: pathToFileURL(path.join(folder, 'Sandboxfile')).href, languageId: 'sandboxfile' };
}

export async function startYaml(folder: string): Promise<Peer> {
  const client = await LanguageClient.start(yamlLanguageServer, { folder, settings });
  await client.notify('workspace/didChangeConfiguration', { settings: { yaml: settings } });
  return { client, uri: pathToFileURL(path.join(folder, 'file.yaml')).href, languageId: 'yaml' };
}
