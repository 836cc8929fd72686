// A new sandbox in a few questions; the file keeps every other byte.

import { l10n, Uri, window, workspace } from 'vscode';
import type { Container } from '../../container.ts';
import { pickFile } from './pick-file.ts';

const IMAGES = ['builtin:busybox', 'alpine', 'debian', 'ubuntu', 'node', 'python', 'golang'];

export async function addSandbox(container: Container, argument: unknown): Promise<void> {
  const file = await pickFile(container.projects, argument);
  if (file === undefined) return;
  const title = l10n.t('Add Sandbox');
  const taken = new Set(file.sandboxNames);
  const name = await window.showInputBox({
    title: `${title} (1/3)`,
    prompt: l10n.t('Name of the sandbox'),
    validateInput: (value) => {
      if (value.trim() === '') return l10n.t('A sandbox needs a name.');
      return taken.has(value.trim()) ? l10n.t("'{0}' exists already.", value.trim()) : undefined;
    },
  });
  if (name === undefined) return;
  const other = l10n.t('Another image…');
  const options = { title: `${title} (2/3)`, placeHolder: l10n.t('Image') };
  const picked = await window.showQuickPick([...IMAGES, other], options);
  const image =
    picked === other ? await window.showInputBox({ ...options, prompt: l10n.t('Image') }) : picked;
  if (image === undefined || image.trim() === '') return;
  const prompt = l10n.t('Command of the script start; leave it empty for a sandbox that only waits');
  const start = await window.showInputBox({ title: `${title} (3/3)`, prompt });
  if (start === undefined) return;

  await workspace.textDocuments.find(({ uri }) => uri.toString() === file.uri.toString())?.save();
  const engine = await file.engine();
  await engine.addComponents({
    root: file.root,
    file: file.file,
    section: 'sandboxes',
    names: [name.trim()],
    definition: {
      image: image.trim(),
      ...(start.trim() === '' ? {} : { scripts: new Map([['start', start.trim()]]) }),
    },
  });
  await window.showTextDocument(Uri.file(file.uri.fsPath));
}
