// A sandbox that ended on its own is said, once, with what can be done; a stop that somebody asked for
// is not news.

import { commands, l10n, window } from 'vscode';
import { COMMANDS } from '../../contributions.ts';
import { Disposables } from '../../host/disposables.ts';
import type { Disposable } from '../../host/disposables.ts';
import type { LiveState } from '../projects/live-state.ts';
import type { ProjectFile } from '../projects/project-file.ts';
import type { Projects } from '../projects/projects.ts';

export function noticeFailures(projects: Projects): Disposable {
  const disposables = new Disposables();
  const told = new Map<string, LiveState>();
  disposables.add(
    projects.onDidChange(() => {
      for (const file of projects.all) {
        for (const sandbox of file.sandboxNames) {
          const key = `${file.uri.toString()}#${sandbox}`;
          const state = file.state(sandbox);
          if (told.get(key) === state) continue;
          told.set(key, state);
          if (state.kind === 'failed') void tell(file, sandbox, state.message);
        }
      }
    }),
  );
  return disposables;
}

async function tell(file: ProjectFile, sandbox: string, reason: string): Promise<void> {
  const [again, logs] = [l10n.t('Run Again'), l10n.t('Show Logs')];
  const message = l10n.t("Sandbox '{0}' failed: {1}", sandbox, reason);
  const chosen = await window.showErrorMessage(message, again, logs);
  const target = { uri: file.uri.toString(), sandbox };
  if (chosen === again) await commands.executeCommand(COMMANDS.run, target);
  if (chosen === logs) await commands.executeCommand(COMMANDS.showLogs, target);
}
