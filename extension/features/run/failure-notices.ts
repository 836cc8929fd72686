// A sandbox that failed, or whose program did, is said once with what can be done; a stop that somebody
// asked for is not news.

import { commands, l10n } from 'vscode';
import { COMMANDS } from '../../contributions.ts';
import { Disposables } from '../../host/disposables.ts';
import type { Disposable } from '../../host/disposables.ts';
import { sentences } from '../../host/failures.ts';
import { actionsFor } from '../../host/helpful-actions.ts';
import { notify } from '../../host/notices.ts';
import type { Action } from '../../host/notices.ts';
import type { LiveState } from '../projects/live-state.ts';
import type { ProjectFile } from '../projects/project-file.ts';
import type { Projects } from '../projects/projects.ts';

export function noticeFailures(projects: Projects): Disposable {
  const disposables = new Disposables();
  const told = new Map<string, LiveState>();
  disposables.add(
    projects.onDidChange(() => {
      for (const file of projects.all) {
        for (const sandbox of file.known) {
          const key = `${file.uri.toString()}#${sandbox}`;
          const state = file.state(sandbox);
          if (told.get(key) === state) continue;
          told.set(key, state);
          if (state.kind === 'failed' && state.isPast !== true) void tell(file, sandbox, state);
        }
      }
    }),
  );
  return disposables;
}

async function tell(
  file: ProjectFile,
  sandbox: string,
  failure: LiveState & { readonly kind: 'failed' },
): Promise<void> {
  const target = { uri: file.uri.toString(), sandbox };
  const command = (title: string, id: string): Action => {
    return { title, run: () => commands.executeCommand(id, target) };
  };
  const again = command(l10n.t('Run Again'), COMMANDS.run);
  const helpful = actionsFor(failure, target);
  const logs = helpful.length === 0 ? [command(l10n.t('Show Logs'), COMMANDS.showLogs)] : helpful;
  const message = l10n.t("Sandbox '{0}' failed: {1}", sandbox, sentences(failure));
  await notify('error', message, again, ...logs);
}
