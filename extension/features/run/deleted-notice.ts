// A Sandboxfile that was deleted while something of it runs: nothing could start or name that any more.

import { l10n } from 'vscode';
import type { Disposable } from '../../host/disposables.ts';
import { showFailure } from '../../host/failures.ts';
import { notify } from '../../host/notices.ts';
import type { Container } from '../../container.ts';
import type { ProjectFile } from '../projects/project-file.ts';

export function noticeDeleted({ projects, log }: Pick<Container, 'projects' | 'log'>): Disposable {
  const told = new Set<ProjectFile>();
  return projects.onDidChange(() => {
    for (const file of projects.all) {
      if (!file.isDeleted) told.delete(file);
      else if (!told.has(file)) {
        told.add(file);
        tell(file).catch((error: unknown) => showFailure(log, error));
      }
    }
  });
}

async function tell(file: ProjectFile): Promise<void> {
  const names = file.namesUp.map((name) => `'${name}'`).join(', ');
  const stop = { title: l10n.t('Stop'), run: () => file.project?.stop() };
  const message = l10n.t('{0} was deleted. What was started of it runs on: {1}.', file.label, names);
  await notify('warning', message, stop);
}
