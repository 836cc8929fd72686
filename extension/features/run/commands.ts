// Starting and ending sandboxes: every place of the editor that offers it comes here.

import { l10n, workspace } from 'vscode';
import type { Container } from '../../container.ts';
import { withProgress } from '../../host/progress.ts';
import type { Outcome } from '../../host/progress.ts';
import { setting } from '../../host/settings.ts';
import { isHeld, isUp } from '../projects/live-state.ts';
import { isTrusted, mayStart } from './may-start.ts';
import { pickSandbox, pickScript } from './pick.ts';
import { showStart } from './show-start.ts';
import { hintOf } from './target.ts';
import type { Target } from './target.ts';

export class RunCommands {
  readonly #container: Container;

  constructor(container: Container) {
    this.#container = container;
  }

  async run(argument: unknown): Promise<void> {
    if (!isTrusted()) return;
    const hint = hintOf(argument);
    const target = await pickSandbox(this.#container.projects, hint, { title: l10n.t('Run Sandbox') });
    if (target === undefined) return;
    if (target.script === undefined) await this.#open(target, { kind: 'main' });
    else await this.#open(target, { kind: 'script', script: target.script, args: [] });
  }

  async runScript(argument: unknown): Promise<void> {
    if (!isTrusted()) return;
    const title = l10n.t('Run Script');
    const sandbox = await pickSandbox(this.#container.projects, hintOf(argument), { title });
    const target = sandbox && (await pickScript(sandbox, title));
    if (target?.script === undefined) return;
    await this.#open(target, { kind: 'script', script: target.script, args: [] });
  }

  async openTerminal(argument: unknown): Promise<void> {
    if (!isTrusted()) return;
    const title = l10n.t('Open Terminal');
    const target = await pickSandbox(this.#container.projects, hintOf(argument), { title });
    if (target !== undefined) await this.#open(target, { kind: 'shell' });
  }

  async stop(argument: unknown): Promise<void> {
    const target = await this.#pickUp(argument, l10n.t('Stop'));
    if (target === undefined) return;
    const { file, sandbox } = target;
    const outcome = await withProgress(l10n.t("Stopping sandbox '{0}'", sandbox), async ({ signal }) => {
      await this.#container.starts.refuse(target);
      await file.project?.stop([sandbox], { graceMs: setting('stopGraceSeconds', file.uri) * 1000, signal });
    });
    raise(outcome);
  }

  async restart(argument: unknown): Promise<void> {
    if (!isTrusted()) return;
    const target = await this.#pickUp(argument, l10n.t('Restart'));
    if (target === undefined) return;
    const { file, sandbox } = target;
    const outcome = await withProgress(l10n.t("Restarting sandbox '{0}'", sandbox), async ({ signal }) => {
      await file.project?.stop([sandbox], { graceMs: setting('stopGraceSeconds', file.uri) * 1000, signal });
    });
    raise(outcome);
    if (outcome.kind !== 'done') return;
    // The end is told a moment after the stop is done; what is opened before that would be no start.
    await file.hasEnded(sandbox);
    await this.#open({ file, sandbox }, { kind: 'main' });
  }

  async #open(target: Target, program: Parameters<Container['terminals']['open']>[1]): Promise<void> {
    const { file, sandbox } = target;
    const document = workspace.textDocuments.find(({ uri }) => uri.toString() === file.uri.toString());
    // Also of a document without changes the editor would be asked, and answer when it has time.
    if (document?.isDirty === true) await document.save();
    if (isHeld(file.state(sandbox))) {
      const { goOn } = await import('./hold.ts');
      if (!(await goOn(target))) return;
    }
    const isStart = !isUp(file.state(sandbox)) && !(await isRunningFork(target));
    if (isStart && !(await mayStart(this.#container.approvals, target))) return;
    const { projects, terminals } = this.#container;
    // A terminal that is being opened is there from then on.
    if (!isStart) await projects.told;
    const open = terminals.prepare(target, program, { isStart });
    if (isStart) {
      // Seen before the terminal is there, which the page is busy with for longer than anybody waits for a sign.
      file.expectStart(sandbox);
      await projects.told;
    }
    open();
    if (isStart) await showStart(this.#container, target);
  }

  #pickUp(argument: unknown, title: string): Promise<Target | undefined> {
    return pickSandbox(this.#container.projects, hintOf(argument), {
      title,
      suitable: isUp,
      none: l10n.t('No sandbox of this workspace is running.'),
    });
  }
}

/** What a window hears of forks it may not have heard yet; of what the file names it has. */
async function isRunningFork({ file, sandbox }: Target): Promise<boolean> {
  return !file.sandboxNames.includes(sandbox) && (await file.project?.find(sandbox)) !== undefined;
}

/** A failure goes to who called the command; a cancelled one was the user's wish. */
function raise(outcome: Outcome<unknown>): void {
  if (outcome.kind === 'failed') throw outcome.error;
}
