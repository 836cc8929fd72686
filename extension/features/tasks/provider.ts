// Every script of every sandbox as a task of the editor.

import path from 'node:path';
import { ProcessExecution, Task, TaskGroup, tasks, Uri, workspace } from 'vscode';
import type { Disposable, TaskDefinition, WorkspaceFolder } from 'vscode';
import type { Container } from '../../container.ts';
import { PROBLEM_MATCHERS, TASK_TYPE } from '../../contributions.ts';
import { withoutIcons } from '../../host/plain-text.ts';
import { engineEnvironment } from '../../host/settings.ts';
import { programLine } from '../terminals/terminal-options.ts';
import type { ProjectFile } from '../projects/project-file.ts';
import type { Projects } from '../projects/projects.ts';
import { firstLine } from '../run/first-line.ts';
import { taskOf } from './definition.ts';
import type { SandboxTask } from './definition.ts';
import { groupOf } from './group.ts';

/** What a script's compilers and tests say is looked at without being asked for; a tasks.json may say otherwise. */
const DEFAULT_MATCHERS = PROBLEM_MATCHERS.map((name) => `$${name}`).filter(
  (name) => !name.endsWith('-watch'),
);

export function registerTasks(container: Container): Disposable {
  return tasks.registerTaskProvider(TASK_TYPE, {
    provideTasks: async () => {
      if (!workspace.isTrusted) return [];
      await container.projects.ready();
      return container.projects.all.flatMap((file) => tasksOf(container, file));
    },
    resolveTask: (task) => {
      const wanted = taskOf(task.definition);
      if (wanted === undefined || !workspace.isTrusted) return undefined;
      const scope = typeof task.scope === 'object' ? task.scope : workspace.workspaceFolders?.[0];
      if (scope === undefined) return undefined;
      // The very definition has to come back, or the editor does not take the task for the one it asked for.
      return makeTask(container, task.definition, wanted, scope);
    },
  });
}

function tasksOf(container: Container, file: ProjectFile): readonly Task[] {
  const folder = workspace.getWorkspaceFolder(file.uri);
  if (folder === undefined) return [];
  const relative = path.posix.relative(folder.uri.path, file.uri.path);
  return [...(file.project?.model.sandboxes.values() ?? [])].flatMap(({ name: sandbox, scripts }) =>
    [...scripts.keys()].map((script) => {
      const definition = {
        type: TASK_TYPE,
        sandbox,
        script,
        ...(relative === 'Sandboxfile' ? {} : { file: relative }),
      };
      return makeTask(container, definition, { sandbox, script, file: relative, args: [] }, folder);
    }),
  );
}

function makeTask(
  { installation, approvals, starts, projects }: Container,
  definition: TaskDefinition,
  { sandbox, script, file, args }: SandboxTask,
  folder: WorkspaceFolder,
): Task {
  const uri = Uri.joinPath(folder.uri, file);
  const root = path.dirname(uri.fsPath);
  const {
    program,
    args: words,
    env,
  } = programLine(
    installation,
    {
      root,
      file: path.basename(uri.fsPath),
      sandbox,
      program: { kind: 'script', script, args },
      approved: approvals.digests,
      hold: 'never',
      workspaceFolder: folder.uri.fsPath,
      reports: starts.path,
    },
    engineEnvironment(),
  );
  const execution = new ProcessExecution(program, [...words], { cwd: root, env: { ...env } });
  const name = `${sandbox}: ${script}`;
  const task = new Task(definition, folder, name, TASK_TYPE, execution, [...DEFAULT_MATCHERS]);
  const group = groupOf(script);
  if (group !== undefined) task.group = group === 'test' ? TaskGroup.Test : TaskGroup.Build;
  task.detail = detailOf(projects, uri, { sandbox, script, file });
  // The command line is ours, not the script's.
  task.presentationOptions = { echo: false };
  return task;
}

/** What it runs, and of which file where there are several. */
function detailOf(
  projects: Projects,
  uri: Uri,
  { sandbox, script, file }: Pick<SandboxTask, 'sandbox' | 'script' | 'file'>,
): string {
  const scripts = projects.get(uri)?.project?.model.sandboxes.get(sandbox)?.scripts;
  const line = firstLine(scripts?.get(script) ?? '');
  if (line === '') return file;
  return withoutIcons(projects.all.length > 1 ? `${line} (${file})` : line);
}
