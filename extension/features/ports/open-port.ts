import { env, l10n, Uri, window } from 'vscode';
import type { QuickPickItem } from 'vscode';
import type { Sandbox } from '../../../server/engine/api.ts';
import type { Container } from '../../container.ts';
import { answers } from '../projects/live-state.ts';
import { pickSandbox } from '../run/pick.ts';
import { hintOf } from '../run/target.ts';

/** Opens a published port in the browser; in a remote window the editor forwards it. */
export async function openPort({ projects }: Container, argument: unknown): Promise<void> {
  const port = portIn(argument) ?? (await pickPort(projects, argument));
  if (port === undefined) return;
  const uri = await env.asExternalUri(Uri.parse(`http://127.0.0.1:${port}`));
  await env.openExternal(uri);
}

function portIn(argument: unknown): number | undefined {
  if (typeof argument !== 'object' || argument === null || !('port' in argument)) return undefined;
  return typeof argument.port === 'number' ? argument.port : undefined;
}

async function pickPort(projects: Container['projects'], argument: unknown): Promise<number | undefined> {
  const target = await pickSandbox(projects, hintOf(argument), {
    title: l10n.t('Open Port'),
    suitable: answers,
    none: l10n.t('No sandbox of this workspace is running.'),
  });
  if (target === undefined) return undefined;
  const sandbox = await target.file.project?.find(target.sandbox);
  if (sandbox === undefined) return undefined;
  const choices = await choicesOf(sandbox);
  if (choices.length === 0) {
    void window.showInformationMessage(l10n.t("No server listens in sandbox '{0}'.", target.sandbox));
    return undefined;
  }
  const [only, ...others] = choices;
  const chosen =
    others.length === 0 ? only : await window.showQuickPick(choices, { title: l10n.t('Open Port') });
  if (chosen === undefined) return undefined;
  return chosen.host ?? (await sandbox.ports.publish({ guest: chosen.guest, host: chosen.guest })).host;
}

interface Choice extends QuickPickItem {
  readonly guest: number;
  /** Absent: it is published when it is chosen. */
  readonly host?: number;
}

/** What is published, then what else listens. */
async function choicesOf({ ports }: Sandbox): Promise<readonly Choice[]> {
  const published = (await ports.list()).filter(({ protocol }) => protocol === 'tcp');
  const known = new Set(published.map(({ guest }) => guest));
  const found = (await ports.listening()).filter((guest) => !known.has(guest));
  return [
    ...published.map(({ host, guest }) => ({ label: String(host), description: `→ ${guest}`, host, guest })),
    ...found.map((guest) => ({ label: String(guest), description: l10n.t('not published yet'), guest })),
  ];
}
