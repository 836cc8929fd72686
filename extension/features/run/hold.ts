// Sandboxes that stand still, or are put aside to go on later.

import { l10n } from 'vscode';
import type { Project } from '../../../server/engine/api.ts';
import type { Container } from '../../container.ts';
import { withProgress } from '../../host/progress.ts';
import { isHeld, runs } from '../projects/live-state.ts';
import type { LiveState } from '../projects/live-state.ts';
import { pickSandbox } from './pick.ts';
import { hintOf } from './target.ts';
import type { Target } from './target.ts';

/** Its programs take no time of this machine until it is resumed. */
export async function pause(container: Container, argument: unknown): Promise<void> {
  const none = l10n.t('No sandbox of this workspace is running.');
  const target = await pick(container, argument, { title: l10n.t('Pause'), suitable: mayPause, none });
  if (target === undefined) return;
  const title = l10n.t("Pausing sandbox '{0}'", target.sandbox);
  await perform(target, title, (project, signal) => project.pause([target.sandbox], { signal }));
}

export async function resume(container: Container, argument: unknown): Promise<void> {
  const none = l10n.t('No sandbox of this workspace is paused.');
  const target = await pick(container, argument, { title: l10n.t('Resume'), suitable: isHeld, none });
  if (target !== undefined) await goOn(target);
}

/** Whether it goes on: the user may have given up. */
export async function goOn(target: Target): Promise<boolean> {
  const title = l10n.t("Resuming sandbox '{0}'", target.sandbox);
  return perform(target, title, (project, signal) => project.resume([target.sandbox], { signal }));
}

/** It ends in the middle of what it does, and its next start goes on there. */
export async function save(container: Container, argument: unknown): Promise<void> {
  const none = l10n.t('No sandbox of this workspace is running.');
  const target = await pick(container, argument, { title: l10n.t('Save and Stop'), suitable: runs, none });
  if (target === undefined) return;
  const title = l10n.t("Saving sandbox '{0}'", target.sandbox);
  await perform(target, title, (project, signal) => project.save([target.sandbox], { signal }));
}

function mayPause(state: LiveState): boolean {
  return runs(state) && !isHeld(state);
}

function pick(
  { projects }: Container,
  argument: unknown,
  options: Parameters<typeof pickSandbox>[2],
): Promise<Target | undefined> {
  return pickSandbox(projects, hintOf(argument), options);
}

async function perform(
  { file }: Target,
  title: string,
  work: (project: Project, signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const { project } = file;
  if (project === undefined) return false;
  const outcome = await withProgress(title, ({ signal }) => work(project, signal));
  if (outcome.kind === 'failed') throw outcome.error;
  return outcome.kind === 'done';
}
