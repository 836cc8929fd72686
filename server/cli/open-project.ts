import type { Project } from '../engine/api.ts';
import type { Context } from './context.ts';
import { locateProject } from './project-location.ts';
import { renderWarning } from './render/error.ts';

/** Opens the project that `-f` names, hands it to `work` and closes it in every ending. */
export async function withProject<T>(
  context: Context,
  path: string | undefined,
  work: (project: Project) => Promise<T>,
): Promise<T> {
  const location = await locateProject(path, process.cwd());
  const engine = await context.engine();
  const project = await engine.openProject({ ...location, signal: context.interrupts.signal });
  try {
    return await work(project);
  } finally {
    await project.close();
  }
}

/** What the file's author should know, before the sandbox's own output begins. */
export async function warnOfProblems(context: Context, project: Project): Promise<void> {
  for (const { severity, range, id, message } of project.problems) {
    if (severity !== 'warning') continue;
    const place = `${project.file}:${String(range.start.line)}:${String(range.start.column)}`;
    await context.stderr.write(renderWarning(`${place}: ${id}: ${message}`, context.errorStyle));
  }
}
