import { l10n, window } from 'vscode';
import type { ProjectFile } from '../projects/project-file.ts';
import { offerFirst } from '../run/offer-first.ts';
import { hintOf } from '../run/target.ts';
import type { Projects } from '../projects/projects.ts';

/**
 * The Sandboxfile that a menu was opened on, the only one there is, or the one that the user picks. Undefined when the
 * user gives up or there is none, which was said then.
 */
export async function pickFile(projects: Projects, argument: unknown): Promise<ProjectFile | undefined> {
  await projects.ready();
  const { uri } = hintOf(argument);
  const said = uri === undefined ? undefined : projects.get(uri);
  const [only, ...others] = projects.all;
  if (said !== undefined) return said;
  if (only === undefined) offerFirst(projects);
  if (others.length === 0) return only;
  const items = projects.all.map((file) => ({ label: file.label, file }));
  return (await window.showQuickPick(items, { title: l10n.t('Sandboxfile') }))?.file;
}
