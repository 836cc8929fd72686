// An extension of somebody else: it uses the exported API and the tools of language models, and writes what
// came of it into the workspace, beside the Sandboxfile.

const path = require('node:path');
const { renameSync, writeFileSync } = require('node:fs');
const vscode = require('vscode');

exports.activate = (context) => {
  context.subscriptions.push(
    vscode.commands.registerCommand('companion.useApi', () => report('api.json', useApi)),
    vscode.commands.registerCommand('companion.useTools', () => report('tools.json', useTools)),
  );
};

async function useApi() {
  const api = await vscode.extensions.getExtension('sandboxfile.sandboxfile').activate();
  const states = [];
  const look = async () => states.push((await api.sandboxes()).map(({ state }) => state).join());
  const listening = api.onDidChange(() => void look());
  const [before, ...others] = await api.sandboxes();
  const ran = await api.exec(before, 'echo "from $(hostname)"; echo wrong >&2; exit 3');
  const [after] = await api.sandboxes();
  const unknown = await api.exec({ file: before.file, name: 'nobody' }, 'true').catch(String);
  const stopped = new AbortController();
  setImmediate(() => stopped.abort());
  const given = await api.exec(before, 'sleep 600', stopped.signal).catch((error) => error.name);
  listening.dispose();
  const { version } = api;
  const plain = ({ name, state, scripts }) => ({ name, state, scripts });
  return { version, before: plain(before), others, ran, after: plain(after), unknown, given, states };
}

async function useTools() {
  const names = vscode.lm.tools.map(({ name }) => name).filter((name) => name.startsWith('sandboxfile_'));
  const invoke = async (name, input) => {
    const options = { input, toolInvocationToken: undefined };
    const { content } = await vscode.lm.invokeTool(`sandboxfile_${name}`, options);
    return content.map(({ value }) => value).join('');
  };
  const at = { sandbox: 'app' };
  const list = await invoke('list', {});
  const run = await invoke('run', at);
  const exec = await invoke('exec', { ...at, command: 'echo tool > /root/tool; exit 4' });
  const refused = await invoke('exec', { ...at, command: 'rm /root/tool' }).catch(({ name }) => name);
  const file = await invoke('readFile', { ...at, path: '/root/tool' });
  const missing = await invoke('readFile', { ...at, path: '/root/nothing' }).catch(String);
  const logs = await invoke('logs', at);
  return { names, list, run, exec, refused, file, missing, logs };
}

/** Whole or not at all. */
async function report(name, work) {
  const result = await work().catch((error) => ({ error: error.stack }));
  const file = path.join(vscode.workspace.workspaceFolders[0].uri.fsPath, name);
  writeFileSync(`${file}.new`, JSON.stringify(result));
  renameSync(`${file}.new`, file);
  await vscode.window.showInformationMessage(`Companion wrote ${name}`);
}
