import { hasCode } from '../../engine/index.ts';
import type { Program, Project, Sandbox, WindowSize } from '../../engine/api.ts';
import type { TerminalRequest } from './request.ts';
import { shellIntegration } from './shell-integration.ts';

export interface Obtained {
  readonly program: Program;
  readonly sandbox: Sandbox;
  /** The sandbox ends with the program. */
  readonly owned: boolean;
}

/** Under this id every client finds the program that a sandbox was started for. */
const mainProgram = 'main';

/** The requested program, started or, when it runs already, joined. */
export async function obtainProgram(
  project: Project,
  { sandbox: name, program }: TerminalRequest,
  tty: WindowSize,
  signal: AbortSignal,
): Promise<Obtained> {
  if (program.kind === 'shell') {
    const sandbox = await project.start(name, { idle: true, signal });
    const env = await shellIntegration(sandbox);
    const options = { tty, stdin: 'stream', signal, ...(env === undefined ? {} : { env }) } as const;
    return { sandbox, program: await sandbox.runSelection({ script: 'shell' }, options), owned: false };
  }
  const selection = program.kind === 'main' ? {} : { script: program.script, args: program.args };
  try {
    return await project.run(name, { ...selection, tty, stdin: 'stream', signal });
  } catch (error) {
    if (!hasCode(error, 'ALREADY_RUNNING')) throw error;
    const sandbox = await project.find(name, { signal });
    // It ended just now: the next run is ours.
    if (sandbox === undefined) return project.run(name, { ...selection, tty, stdin: 'stream', signal });
    return { sandbox, program: await sandbox.attach(mainProgram, { signal }), owned: true };
  }
}
