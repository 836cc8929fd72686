// Before the first start in a workspace the user sees what a sandbox would do beyond itself, and again
// when that changes.

import { realpath } from 'node:fs/promises';
import { commands, l10n, window, workspace } from 'vscode';
import { digestOf } from '../../../server/cli/editor-terminal/review.ts';
import type { StartReview } from '../../../server/engine/api.ts';
import type { Target } from '../run/target.ts';
import { COMMANDS } from '../../contributions.ts';
import type { Agreed } from './agreed.ts';
import { describeReview } from './describe.ts';

export class Approvals {
  readonly #agreed: Agreed;

  constructor(agreed: Agreed) {
    this.#agreed = agreed;
  }

  /** Digests of all that was agreed to. */
  get digests(): readonly string[] {
    return this.#agreed.digests;
  }

  /** Whether the sandbox may be started as its file says now; asks unless that was agreed to before. */
  async allow(target: Target): Promise<boolean> {
    const { file, sandbox } = target;
    const project = await file.opened();
    const review = await project.review(sandbox);
    const digest = digestOf(review);
    if (this.digests.includes(digest)) return true;
    if (!(await ask(review, target))) return false;
    this.remember(digest);
    return true;
  }

  remember(digest: string): void {
    this.#agreed.add(digest);
  }

  forget(): void {
    this.#agreed.forget();
  }
}

async function ask(review: StartReview, { file }: Target): Promise<boolean> {
  const start = { title: l10n.t('Start') };
  const look = { title: l10n.t('Open Sandboxfile') };
  const folders = (workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  const detail = describeReview(review, await namesOf(folders.length > 0 ? folders : [file.root]), l10n);
  const message = l10n.t("Start sandbox '{0}'?", review.sandbox);
  const chosen = await window.showInformationMessage(
    message,
    { modal: true, detail: detail.join('\n') },
    start,
    look,
  );
  // Not agreed to: whoever wants to read it first starts it afterwards.
  if (chosen === look) {
    const argument = { uri: file.uri.toString(), sandbox: review.sandbox };
    await commands.executeCommand(COMMANDS.openFile, argument);
  }
  return chosen === start;
}

/** The folders as they are opened, and as they are called without symbolic links. */
async function namesOf(folders: readonly string[]): Promise<readonly string[]> {
  const real = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  return [...new Set([...folders, ...real])];
}
