import { env, l10n, version, workspace } from 'vscode';
import type { DoctorOptions } from '../../../server/engine/api.ts';
import type { Container } from '../../container.ts';
import type { Finding } from './messages.ts';

/** What the engine finds out about the machine, and what is true of this editor and its workspace. */
export async function findings(container: Container, options: DoctorOptions): Promise<readonly Finding[]> {
  const { projects } = container;
  await projects.ready();
  const [file] = projects.all;
  const project: DoctorOptions = file === undefined ? {} : { project: { root: file.root, file: file.file } };
  const engine = await container.openEngine();
  try {
    const { findings: found } = await engine.doctor({ ...project, ...options });
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
      found: workspace.isTrusted ? trustedText(projects.all.length) : l10n.t('not trusted'),
      why: l10n.t('Nothing starts in a workspace that is not trusted.'),
      ...(workspace.isTrusted
        ? {}
        : { fix: l10n.t('Trust it with the command Workspaces: Manage Workspace Trust.') }),
    },
    ...projects.all.flatMap(({ label, failure }): Finding[] => {
      const fix = l10n.t('Correct the file; the Problems view lists what is wrong.');
      return failure === undefined ? [] : [{ title: label, state: 'bad', found: failure.message, fix }];
    }),
  ];
}

function trustedText(files: number): string {
  return files === 1 ? l10n.t('trusted, 1 Sandboxfile') : l10n.t('trusted, {0} Sandboxfiles', files);
}
