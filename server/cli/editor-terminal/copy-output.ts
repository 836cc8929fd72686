import { existsSync } from 'node:fs';
import type { Program, Project } from '../../engine/api.ts';
import type { Context } from '../context.ts';
import { copyOutput } from '../terminal/output.ts';
import { CommandMarks } from './command-marks.ts';
import { GuestPaths } from './guest-paths.ts';
import { OutputPaths } from './output-paths.ts';
import type { TerminalRequest } from './request.ts';

/** A prompt may end in what looks like the beginning of a path: it is shown when nothing follows. */
const PATIENCE_MS = 30;

/** To its end. In a task, paths of the guest become those of the workspace on the way. */
export async function copyTerminalOutput(
  { stdout, stderr }: Context,
  project: Project,
  { sandbox, workspaceFolder }: TerminalRequest,
  program: Program,
): Promise<void> {
  const paths =
    workspaceFolder === undefined ? undefined : await outputPaths(project, sandbox, workspaceFolder);
  if (paths === undefined || paths.isIdle) {
    await copyOutput(program, stdout, stderr);
    return;
  }
  let timer: NodeJS.Timeout | undefined;
  // A terminal has one stream.
  for await (const { data } of program.output) {
    clearTimeout(timer);
    await stdout.write(paths.push(data));
    timer = setTimeout(() => void stdout.write(paths.flush()), PATIENCE_MS);
  }
  clearTimeout(timer);
  await stdout.write(paths.flush());
}

/** To its end, with what tells the editor where commands begin. */
export async function copyShellOutput({ stdin, stdout }: Context, program: Program): Promise<void> {
  const marks = new CommandMarks();
  const onKeys = (keys: Buffer): void => marks.onKeys(keys);
  stdin.on('data', onKeys);
  try {
    for await (const { data } of program.output) await stdout.write(marks.onOutput(data));
  } finally {
    stdin.off('data', onKeys);
  }
}

async function outputPaths(project: Project, sandbox: string, folder: string): Promise<OutputPaths> {
  const { mounts } = await project.review(sandbox);
  const paths = new GuestPaths(mounts);
  const workdir = project.model.sandboxes.get(sandbox)?.workdir;
  return new OutputPaths({ paths, workdir, folder, exists: existsSync });
}
