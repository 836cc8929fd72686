// Before the first start in a workspace the user sees what a sandbox would do beyond itself, and again
// when that changes.

import { createHash } from 'node:crypto';
import { l10n, window, workspace } from 'vscode';
import type { Memento } from 'vscode';
import type { StartReview } from '../../../server/engine/api.ts';
import type { Target } from '../run/target.ts';
import { describeReview } from './describe.ts';

const KEY = 'approvedStarts';
/** Old plans are forgotten: a file that changes back is asked about once more. */
const KEPT = 200;

export class Approvals {
  readonly #memento: Memento;

  /** `memento`: of the workspace, so that no clone approves another. */
  constructor(memento: Memento) {
    this.#memento = memento;
  }

  /** Digests of all that was agreed to. */
  get digests(): readonly string[] {
    return this.#memento.get<readonly string[]>(KEY, []);
  }

  /** Whether the sandbox may be started as its file says now; asks unless that was agreed to before. */
  async allow({ file, sandbox }: Target): Promise<boolean> {
    const project = await file.opened();
    const review = await project.review(sandbox);
    const digest = digestOf(review);
    if (this.digests.includes(digest)) return true;
    if (!(await ask(review, file.root))) return false;
    await this.remember(digest);
    return true;
  }

  async remember(digest: string): Promise<void> {
    await this.#memento.update(KEY, [...this.digests, digest].slice(-KEPT));
  }

  async forget(): Promise<void> {
    await this.#memento.update(KEY, undefined);
  }
}

export function digestOf({ identity }: StartReview): string {
  return createHash('sha256').update(identity).digest('hex');
}

async function ask(review: StartReview, root: string): Promise<boolean> {
  const start = { title: l10n.t('Start') };
  const folders = (workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  const detail = describeReview(review, folders.length > 0 ? folders : [root], l10n).join('\n');
  const message = l10n.t("Start sandbox '{0}'?", review.sandbox);
  return (await window.showInformationMessage(message, { modal: true, detail }, start)) === start;
}
