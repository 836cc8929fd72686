// What this machine can do for sandboxes, as a page to read and to copy into a report.

import { env, l10n, version, workspace } from 'vscode';
import type { DoctorOptions } from '../../../server/engine/api.ts';
import type { Container } from '../../container.ts';
import { withProgress } from '../../host/progress.ts';
import { report } from './report.ts';
import type { Finding } from './report.ts';
import { ReportPage } from './report-page.ts';

let page: ReportPage | undefined;

export async function doctor(container: Container): Promise<void> {
  const outcome = await withProgress(l10n.t('Looking at this machine'), ({ signal }) => {
    return findings(container, signal);
  });
  if (outcome.kind === 'failed') throw outcome.error;
  if (outcome.kind === 'cancelled') return;
  page ??= new ReportPage(container.context);
  await page.show(report(outcome.value, l10n));
}

async function findings(container: Container, signal: AbortSignal): Promise<readonly Finding[]> {
  const { projects } = container;
  await projects.ready();
  const [file] = projects.all;
  const project: DoctorOptions = file === undefined ? {} : { project: { root: file.root, file: file.file } };
  const engine = await container.openEngine();
  try {
    const { findings: found } = await engine.doctor({ ...project, signal });
    // What it says of editors and files is for users of the command line.
    const ofTheMachine = found.filter(({ id }) => id !== 'editor' && id !== 'project');
    return [...ofTheMachine, ...ofTheEditor(container)];
  } finally {
    await engine.close();
  }
}

function ofTheEditor({ installation, projects }: Container): readonly Finding[] {
  return [
    {
      title: l10n.t('Editor'),
      state: 'good',
      found: `Sandboxfile ${installation.version}, ${env.appName} ${version}, Node ${process.version}`,
    },
    {
      title: l10n.t('Workspace'),
      state: workspace.isTrusted ? 'good' : 'bad',
      found: workspace.isTrusted
        ? l10n.t('trusted, {0} Sandboxfiles', projects.all.length)
        : l10n.t('not trusted'),
      why: l10n.t('Nothing starts in a workspace that is not trusted.'),
      fix: l10n.t('Trust it with the command Workspaces: Manage Workspace Trust.'),
    },
    ...projects.all.flatMap(({ label, failure }): Finding[] => {
      return failure === undefined ? [] : [{ title: label, state: 'bad', found: failure.message }];
    }),
  ];
}
