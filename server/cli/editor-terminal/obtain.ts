import { hasCode } from '../../engine/index.ts';
import type { Program, Project, Sandbox, WindowSize } from '../../engine/api.ts';
import type { TerminalRequest } from './request.ts';
import { shellIntegration } from './shell-integration.ts';

export interface Obtained {
  readonly program: Program;
  readonly sandbox: Sandbox;
  /** The sandbox ends with the program. */
  readonly owned: boolean;
  /** Of its terminal; absent: it may be another one than this one's. */
  readonly size?: WindowSize;
}

/** Under this id every client finds the program that a sandbox was started for. */
const mainProgram = 'main';

/** The requested program, started or, when it runs already, joined. `key`: of a start that may have begun. */
export async function obtainProgram(
  project: Project,
  { sandbox: name, program }: TerminalRequest,
  tty: WindowSize,
  signal: AbortSignal,
  key?: string,
): Promise<Obtained> {
  if (program.kind === 'shell') {
    const sandbox = await project.start(name, { idle: true, signal });
    const env = await shellIntegration(sandbox);
    const options = { tty, stdin: 'stream', signal, ...(env === undefined ? {} : { env }) } as const;
    const shell = await sandbox.runSelection({ script: 'shell' }, options);
    return { sandbox, program: shell, owned: false, size: tty };
  }
  const selection = program.kind === 'main' ? {} : { script: program.script, args: program.args };
  const options = { ...selection, tty, stdin: 'stream', signal } as const;
  try {
    if (key !== undefined) return await project.run(name, { ...options, key });
    return { ...(await project.run(name, options)), size: tty };
  } catch (error) {
    if (!hasCode(error, 'ALREADY_RUNNING')) throw error;
    const sandbox = await project.find(name, { signal });
    // It ended just now: the next run is ours.
    if (sandbox === undefined) return { ...(await project.run(name, options)), size: tty };
    return { sandbox, program: await sandbox.attach(mainProgram, { signal }), owned: true, size: tty };
  }
}
