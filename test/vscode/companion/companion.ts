// An extension of somebody else: it uses the exported API and the tools of language models, and writes what
// came of it into the workspace, beside the Sandboxfile.

import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { commands, extensions, lm, window, workspace } from 'vscode';
import type { ExtensionContext } from 'vscode';
import type { SandboxfileApi, SandboxInfo } from '../../../extension/features/api/api.ts';

export function activate(context: ExtensionContext): void {
  context.subscriptions.push(
    commands.registerCommand('companion.useApi', () => report('api.json', useApi)),
    commands.registerCommand('companion.useTools', () => report('tools.json', useTools)),
  );
}

async function useApi(): Promise<unknown> {
  const api = await extensions.getExtension<SandboxfileApi>('sandboxfile.sandboxfile')?.activate();
  if (api === undefined) throw new Error('the extension is not there');
  const states: string[] = [];
  const look = async (): Promise<unknown> =>
    states.push((await api.sandboxes()).map(({ state }) => state).join());
  const listening = api.onDidChange(() => void look());
  const [before, ...others] = await api.sandboxes();
  if (before === undefined) throw new Error('there is no sandbox');
  const ran = await api.exec(before, 'echo "from $(hostname)"; echo wrong >&2; exit 3');
  const [after] = await api.sandboxes();
  const unknown = await api.exec({ file: before.file, name: 'nobody' }, 'true').catch(String);
  const stopped = new AbortController();
  setImmediate(() => stopped.abort());
  const given = await api.exec(before, 'sleep 600', stopped.signal).catch(nameOf);
  listening.dispose();
  return {
    version: api.version,
    before: plain(before),
    others,
    ran,
    after: after && plain(after),
    unknown,
    given,
    states,
  };
}

async function useTools(): Promise<unknown> {
  const at = { sandbox: 'app' };
  return {
    names: lm.tools.map(({ name }) => name).filter((name) => name.startsWith('sandboxfile_')),
    list: await invoke('list', {}),
    run: await invoke('run', at),
    exec: await invoke('exec', { ...at, command: 'echo tool > /root/tool; exit 4' }),
    refused: await invoke('exec', { ...at, command: 'rm /root/*tool* **' }).catch(nameOf),
    file: await invoke('readFile', { ...at, path: '/root/tool' }),
    missing: await invoke('readFile', { ...at, path: '/root/nothing' }).catch(String),
    logs: await invoke('logs', at),
  };
}

async function invoke(name: string, input: object): Promise<string> {
  const { content } = await lm.invokeTool(`sandboxfile_${name}`, { input, toolInvocationToken: undefined });
  return (content as readonly { readonly value: string }[]).map(({ value }) => value).join('');
}

function plain({ name, state, scripts }: SandboxInfo): unknown {
  return { name, state, scripts };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

/** Whole or not at all. */
async function report(name: string, work: () => Promise<unknown>): Promise<void> {
  const result = await work().catch((error: unknown) => ({ error: String(error) }));
  const file = path.join(workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', name);
  writeFileSync(`${file}.new`, JSON.stringify(result));
  renameSync(`${file}.new`, file);
  await window.showInformationMessage(`Companion wrote ${name}`);
}
