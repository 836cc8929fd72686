import { env, l10n, Uri, window } from 'vscode';
import type { Container } from '../../container.ts';
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
    suitable: ({ kind }) => kind === 'running',
    none: l10n.t('No sandbox of this workspace is running.'),
  });
  if (target === undefined) return undefined;
  const ports = target.file.project?.model.sandboxes.get(target.sandbox)?.ports ?? [];
  const tcp = ports.filter(({ protocol }) => protocol === 'tcp');
  if (tcp.length === 0) {
    void window.showInformationMessage(l10n.t("Sandbox '{0}' publishes no port.", target.sandbox));
    return undefined;
  }
  const items = tcp.map(({ host, guest }) => ({ label: String(host), description: `→ ${guest}`, host }));
  const [only, ...others] = items;
  if (others.length === 0) return only?.host;
  return (await window.showQuickPick(items, { title: l10n.t('Open Port') }))?.host;
}
