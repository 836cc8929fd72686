// Snapshots of sandboxes: made, gone back to, copied and deleted. Before anything is lost, it is said what.

import { l10n, window } from 'vscode';
import type { ForkEvent, Project, Snapshot } from '../../../server/engine/api.ts';
import type { Container } from '../../container.ts';
import type { Disposable } from '../../host/disposables.ts';
import { withProgress } from '../../host/progress.ts';
import { isUp, runs } from '../projects/live-state.ts';
import { stateText } from '../projects/state-text.ts';
import { pickSandbox } from '../run/pick.ts';
import { hintOf } from '../run/target.ts';
import type { Target } from '../run/target.ts';
import { freeName, nameFault } from './name.ts';
import { pickKind } from './pick-kind.ts';
import type { SnapshotKind } from './pick-kind.ts';
import { pickSnapshot } from './pick-snapshot.ts';
import { whatIsLost } from './what-is-lost.ts';

export async function createSnapshot(container: Container, argument: unknown): Promise<void> {
  const title = l10n.t('Create Snapshot');
  const target = await pickRunning(container, argument, title);
  if (target === undefined) return;
  const project = await target.file.opened();
  const taken = (await project.snapshots(target.sandbox)).map(({ name }) => name);
  const name = await window.showInputBox({
    title,
    prompt: l10n.t('Name of the snapshot'),
    value: freeName(taken),
    validateInput: (value) => nameFault(value, taken, l10n),
  });
  if (name === undefined) return;
  const kind = await pickKind(title);
  if (kind !== undefined) await take(container, project, target, name, kind);
}

export async function restoreSnapshot(container: Container, argument: unknown): Promise<void> {
  const found = await pick(container, argument, l10n.t('Restore Snapshot'));
  if (found === undefined) return;
  const { target, project, snapshot } = found;
  const { sandbox } = target;
  const isRunning = isUp(target.file.state(sandbox));
  const restore = { title: l10n.t('Restore') };
  const keep = { title: l10n.t('Keep a Snapshot and Restore') };
  const message = l10n.t("Take sandbox '{0}' back to snapshot '{1}'?", sandbox, snapshot.name);
  const detail = (await whatIsLost(project, target, snapshot)).join('\n');
  const choices = isRunning ? [restore, keep] : [restore];
  const chosen = await window.showWarningMessage(message, { modal: true, detail }, ...choices);
  if (chosen === undefined) return;
  if (chosen === keep) {
    const taken = (await project.snapshots(sandbox)).map(({ name }) => name);
    if (!(await take(container, project, target, freeName(taken, 'before-restore-')))) return;
  }
  const title = l10n.t("Restoring sandbox '{0}'", sandbox);
  const outcome = await withProgress(title, ({ signal, step }) => {
    const tell = (): void => step(stateText(target.file.state(sandbox)));
    return during(target.file.onDidChange(tell), project.restoreSnapshot(sandbox, snapshot.name, { signal }));
  });
  if (outcome.kind === 'failed') throw outcome.error;
  if (outcome.kind !== 'done' || snapshot.diskOnly) return;
  container.terminals.open(target, { kind: 'main' }, { isNew: true });
}

export async function deleteSnapshot(container: Container, argument: unknown): Promise<void> {
  const found = await pick(container, argument, l10n.t('Delete Snapshot'));
  if (found === undefined) return;
  const { target, project, snapshot } = found;
  const remove = l10n.t('Delete');
  const message = l10n.t("Delete snapshot '{0}' of sandbox '{1}'?", snapshot.name, target.sandbox);
  const detail = l10n.t('It is lost for good. The sandbox and its other snapshots stay as they are.');
  if ((await window.showWarningMessage(message, { modal: true, detail }, remove)) !== remove) return;
  await project.removeSnapshot(target.sandbox, snapshot.name);
  container.tree.refresh();
}

/** A running copy of a sandbox, or of one of its snapshots; a shell in it is opened. */
export async function fork(container: Container, argument: unknown): Promise<void> {
  const title = l10n.t('Fork Sandbox');
  const said = snapshotIn(argument);
  const target = await pickRunning(container, argument, title, said !== undefined);
  if (target === undefined) return;
  const { file, sandbox } = target;
  const project = await file.opened();
  const outcome = await withProgress(l10n.t("Forking sandbox '{0}'", sandbox), ({ signal, step }) => {
    const telling = file.onEvent((event) => {
      if (event.kind === 'fork' && event.sandbox === sandbox) step(forkStep(event));
    });
    return during(
      telling,
      project.fork(sandbox, { ...(said === undefined ? {} : { snapshot: said }), signal }),
    );
  });
  container.tree.refresh();
  if (outcome.kind === 'failed') throw outcome.error;
  if (outcome.kind === 'cancelled') return;
  for (const { name } of outcome.value) container.terminals.open({ file, sandbox: name }, { kind: 'shell' });
}

export async function deleteFork(container: Container, argument: unknown): Promise<void> {
  const title = l10n.t('Delete Fork');
  const target = await pickSandbox(container.projects, hintOf(argument), { title });
  if (target === undefined) return;
  const { file, sandbox } = target;
  const remove = l10n.t('Delete');
  const message = l10n.t("Delete fork '{0}'?", sandbox);
  const detail = l10n.t(
    'It is stopped, and what it changed is lost for good. What it was copied from stays as it is.',
  );
  if ((await window.showWarningMessage(message, { modal: true, detail }, remove)) !== remove) return;
  const outcome = await withProgress(l10n.t("Deleting fork '{0}'", sandbox), async ({ signal }) => {
    await file.project?.stop([sandbox], { graceMs: 0, signal });
    const engine = await file.engine();
    await engine.clean({ root: file.root, file: file.file, name: sandbox, force: true, signal });
  });
  container.tree.refresh();
  if (outcome.kind === 'failed') throw outcome.error;
}

/** Whether it was made: the user may have given up. */
async function take(
  container: Container,
  project: Project,
  { sandbox }: Target,
  name: string,
  kind: SnapshotKind = {},
): Promise<boolean> {
  const title = l10n.t("Taking snapshot '{0}' of sandbox '{1}'", name, sandbox);
  const outcome = await withProgress(title, ({ signal }) =>
    project.createSnapshot(sandbox, name, { ...kind, signal }),
  );
  container.tree.refresh();
  if (outcome.kind === 'failed') throw outcome.error;
  return outcome.kind === 'done';
}

async function during<T>(listening: Disposable, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    listening.dispose();
  }
}

function forkStep({ stage }: ForkEvent): string {
  switch (stage) {
    case 'saving':
      return l10n.t('copying memory and disk');
    case 'starting':
      return l10n.t('starting');
    case 'ready':
      return l10n.t('ready');
  }
}

function pickRunning(
  { projects }: Container,
  argument: unknown,
  title: string,
  also = false,
): Promise<Target | undefined> {
  return pickSandbox(projects, hintOf(argument), {
    title,
    suitable: (state) => also || runs(state),
    none: l10n.t('No sandbox of this workspace is running.'),
  });
}

interface Found {
  readonly target: Target;
  readonly project: Project;
  readonly snapshot: Snapshot;
}

async function pick({ projects }: Container, argument: unknown, title: string): Promise<Found | undefined> {
  const target = await pickSandbox(projects, hintOf(argument), { title });
  if (target === undefined) return undefined;
  const project = await target.file.opened();
  const snapshot = await pickSnapshot(project, target, snapshotIn(argument), title);
  return snapshot && { target, project, snapshot };
}

/** Of a node of the tree. */
function snapshotIn(argument: unknown): string | undefined {
  if (typeof argument !== 'object' || argument === null || !('snapshot' in argument)) return undefined;
  const { snapshot } = argument;
  if (typeof snapshot !== 'object' || snapshot === null || !('name' in snapshot)) return undefined;
  return typeof snapshot.name === 'string' ? snapshot.name : undefined;
}
