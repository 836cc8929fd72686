// Values of secrets, which sandboxes use and never get. Giving one is the consent: it is said first where it goes.

import { l10n, window } from 'vscode';
import type { Project, SecretState } from '../../../server/engine/api.ts';
import type { Container } from '../../container.ts';
import { notify } from '../../host/notices.ts';
import { withoutLinks } from '../../host/plain-text.ts';
import { pickFile } from '../edit/pick-file.ts';
import type { Target } from '../run/target.ts';

/** One of the file's, also one that has a value already. */
export async function setSecret({ projects }: Container, argument: unknown): Promise<void> {
  const file = await pickFile(projects, argument);
  if (file === undefined) return;
  const project = await file.opened();
  const named = (await project.secrets.list()).filter(({ sandboxes }) => sandboxes.length > 0);
  if (named.length === 0) {
    void notify('info', l10n.t('No sandbox of {0} has secrets.', file.label));
    return;
  }
  const items = named.map((secret) => ({
    secret,
    label: secret.name,
    description: stateText(secret),
    detail: secret.hosts.join(', '),
  }));
  const picked = await window.showQuickPick(items, { title: l10n.t('Set Secret'), matchOnDetail: true });
  if (picked === undefined || !(await ask(project, picked.secret))) return;
  const { name, sandboxes } = picked.secret;
  const message = l10n.t(
    "Secret '{0}' is set. {1} has it from the next start on.",
    name,
    sandboxes.join(', '),
  );
  void notify('info', message);
}

/** Asks for what the sandbox needs before it can start. Whether it has all of it then. */
export async function giveMissing({ file, sandbox }: Target): Promise<boolean> {
  const project = await file.opened();
  const [all, { secrets }] = await Promise.all([project.secrets.list(), project.review(sandbox)]);
  for (const secret of all) {
    if (secret.value === 'given' || !secrets.some(({ name }) => name === secret.name)) continue;
    if (!(await ask(project, secret))) return false;
  }
  return true;
}

async function ask(project: Project, { name, hosts, sandboxes }: SecretState): Promise<boolean> {
  const value = await window.showInputBox({
    title: l10n.t('Value of secret {0}', name),
    prompt: withoutLinks(
      l10n.t(
        'Sent to {0} only, for {1}. It is kept on this machine.',
        hosts.join(', '),
        sandboxes.join(', '),
      ),
    ),
    password: true,
    ignoreFocusOut: true,
  });
  if (value === undefined) return false;
  await project.secrets.set(name, value);
  return true;
}

function stateText({ value }: SecretState): string {
  switch (value) {
    case 'given':
      return l10n.t('has a value');
    case 'missing':
      return l10n.t('has no value');
    case 'other hosts':
      return l10n.t('was given for fewer hosts');
  }
}
