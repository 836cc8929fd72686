// Asks what a command is about, as far as it was not said.

import { l10n, window } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { notify } from '../../host/notices.ts';
import { withoutIcons } from '../../host/plain-text.ts';
import { stateIcon, stateText } from '../projects/state-text.ts';
import type { LiveState } from '../projects/live-state.ts';
import type { ProjectFile } from '../projects/project-file.ts';
import type { Projects } from '../projects/projects.ts';
import { firstLine } from './first-line.ts';
import { offerFirst } from './offer-first.ts';
import type { Target, TargetHint } from './target.ts';

export interface PickOptions {
  readonly title: string;
  /** Which sandboxes the command can work on; default all. */
  readonly suitable?: (state: LiveState) => boolean;
  /** What is said when there are none of them. */
  readonly none?: string;
}

/** Undefined when the user gives up or there is nothing to choose from, which was said then. */
export async function pickSandbox(
  projects: Projects,
  hint: TargetHint,
  options: PickOptions,
): Promise<Target | undefined> {
  await projects.ready();
  const files = hint.uri === undefined ? projects.all : projects.all.filter((file) => isAt(file, hint));
  const failure = files.find((file) => file.failure !== undefined)?.failure;
  const known = files.flatMap((file) => file.names.map((sandbox): Target => ({ file, sandbox })));
  const said = known.find(({ sandbox }) => sandbox === hint.sandbox);
  if (said !== undefined) return withScript(said, hint);
  const [only, ...others] = files;
  // A fork: the file does not name it, the engine knows it.
  if (hint.sandbox !== undefined && hint.uri !== undefined && only !== undefined && others.length === 0) {
    return withScript({ file: only, sandbox: hint.sandbox }, hint);
  }
  if (known.length === 0 && failure !== undefined) throw failure;
  if (hint.uri !== undefined && files.length === 0) {
    const message = l10n.t('This file is none of the workspace: save it in one of its folders first.');
    void notify('info', message);
    return undefined;
  }

  if (known.length === 0) {
    offerFirst(projects);
    return undefined;
  }
  const { suitable = () => true, none = '' } = options;
  const targets = known.filter(({ file, sandbox }) => suitable(file.state(sandbox)));
  if (targets.length === 0) {
    void notify('info', none);
    return undefined;
  }
  const items = targets.map((target) => itemOf(target, projects.all.length > 1));
  const picked = await window.showQuickPick(items, {
    title: options.title,
    placeHolder: l10n.t('Sandbox'),
    matchOnDescription: true,
  });
  return picked && withScript(picked.target, hint);
}

/** Asks for a script of the sandbox unless one is given. */
export async function pickScript(target: Target, title: string): Promise<Target | undefined> {
  if (target.script !== undefined) return target;
  const definition = target.file.project?.model.sandboxes.get(target.sandbox);
  const scripts = [...(definition?.scripts ?? [])];
  if (scripts.length === 0) {
    void notify('info', l10n.t("Sandbox '{0}' has no scripts.", target.sandbox));
    return undefined;
  }
  const items = scripts.map(([label, text]) => ({
    script: label,
    label: withoutIcons(label),
    detail: withoutIcons(firstLine(text)),
  }));
  const picked = await window.showQuickPick(items, {
    title,
    placeHolder: l10n.t('Script'),
    matchOnDetail: true,
  });
  return picked && { ...target, script: picked.script };
}

interface SandboxItem extends QuickPickItem {
  readonly target: Target;
}

function itemOf(target: Target, namesFile: boolean): SandboxItem {
  const state = target.file.state(target.sandbox);
  const image = target.file.project?.model.sandboxes.get(target.sandbox)?.image?.text ?? '';
  const place = namesFile ? ` — ${target.file.label}` : '';
  return {
    target,
    label: withoutIcons(target.sandbox),
    iconPath: stateIcon(state),
    description: withoutIcons(`${stateText(state)}${place}`),
    detail: withoutIcons(image),
  };
}

function withScript(target: Target, { script }: TargetHint): Target {
  return script === undefined ? target : { ...target, script };
}

function isAt(file: ProjectFile, { uri }: TargetHint): boolean {
  return file.uri.toString() === uri?.toString();
}
