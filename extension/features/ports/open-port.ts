import { env, l10n, Uri, window } from 'vscode';
import type { QuickPickItem } from 'vscode';
import type { PublishedPort, Sandbox } from '../../../server/engine/api.ts';
import type { Container } from '../../container.ts';
import { notify } from '../../host/notices.ts';
import { answers } from '../projects/live-state.ts';
import { pickSandbox } from '../run/pick.ts';
import { hintOf } from '../run/target.ts';
import type { PortNode } from '../tree/nodes.ts';
import { urlOf } from './shown-port.ts';

/** Opens a published port in the browser; in a remote window the editor forwards it. */
export async function openPort({ projects }: Container, argument: unknown): Promise<void> {
  const port = portIn(argument) ?? (await pickPort(projects, argument));
  if (port === undefined) return;
  await env.openExternal(await env.asExternalUri(Uri.parse(urlOf(port))));
}

/** Of a node of the tree. */
function portIn(argument: unknown): PublishedPort | undefined {
  if (typeof argument !== 'object' || argument === null || !('port' in argument)) return undefined;
  return (argument as PortNode).port.published;
}

async function pickPort(projects: Container['projects'], argument: unknown): Promise<Reachable | undefined> {
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
    void notify('info', l10n.t("No server listens in sandbox '{0}'.", target.sandbox));
    return undefined;
  }
  const [only, ...others] = choices;
  const chosen =
    others.length === 0 ? only : await window.showQuickPick(choices, { title: l10n.t('Open Port') });
  if (chosen === undefined) return undefined;
  return chosen.published ?? (await sandbox.ports.publish({ guest: chosen.guest, host: chosen.guest }));
}

type Reachable = Parameters<typeof urlOf>[0];

interface Choice extends QuickPickItem {
  readonly guest: number;
  /** Absent: it is published when it is chosen. */
  readonly published?: PublishedPort;
}

/** What is published, then what else listens. */
async function choicesOf({ ports }: Sandbox): Promise<readonly Choice[]> {
  const published = (await ports.list()).filter(({ protocol }) => protocol === 'tcp');
  const known = new Set(published.map(({ guest }) => guest));
  const found = (await ports.listening()).filter((guest) => !known.has(guest));
  return [
    ...published.map((port) => {
      const { host, guest } = port;
      return { label: String(host), description: `→ ${guest}`, guest, published: port };
    }),
    ...found.map((guest) => ({ label: String(guest), description: l10n.t('not published yet'), guest })),
  ];
}
