import { l10n } from 'vscode';
import type { Container } from '../../container.ts';
import { answers } from '../projects/live-state.ts';
import { pickSandbox } from '../run/pick.ts';
import { hintOf } from '../run/target.ts';

export async function browseFiles({ projects, tree }: Container, argument: unknown): Promise<void> {
  const target = await pickSandbox(projects, hintOf(argument), {
    title: l10n.t('Browse Files'),
    suitable: answers,
    none: l10n.t('Files can be seen while a sandbox is running, and none is.'),
  });
  if (target !== undefined) await tree.revealFiles(target);
}
