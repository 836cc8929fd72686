import { DEFAULT_SHELL } from '../assemble/command.ts';
import { SHELL_SCRIPT } from '../grammars/name.ts';
import { quote } from '../grammars/grammar.ts';
import type { Sandbox } from '../model.ts';
import { NO_IMAGE_CONFIG, type ImageConfig } from './image-config.ts';
import { scriptPath } from './scripts.ts';

/** `msb run NAME[~SCRIPT] [--exec CMD] [-- ARGS]`. */
export interface ProgramRequest {
  readonly script?: string | undefined;
  readonly exec?: string | undefined;
  readonly args?: readonly string[] | undefined;
}

export type ProgramSelection =
  | { readonly ok: true; readonly program: SelectedProgram }
  | { readonly ok: false; readonly reason: SelectionFailure; readonly message: string };

export type SelectionFailure = 'usage' | 'script-not-found' | 'no-entry';

export interface SelectedProgram {
  readonly program: string;
  readonly args: readonly string[];
  /** Which rule chose it. */
  readonly from: 'exec' | 'script' | 'start' | 'command' | 'image' | 'shell';
  /** Name for messages: the script's, or the program. */
  readonly label: string;
}

type Runnable = Pick<Sandbox, 'name' | 'scripts' | 'command' | 'shell'>;

export const NO_ENTRY_MESSAGE = 'missing start script or exec command or shell';

/** Which program runs; the first rule that applies wins. */
export function selectProgram(
  sandbox: Runnable,
  request: ProgramRequest = {},
  image: ImageConfig = NO_IMAGE_CONFIG,
): ProgramSelection {
  const args = request.args ?? [];
  if (request.exec !== undefined && request.script !== undefined) {
    return fail('usage', 'cannot specify both a script and an `--exec` option.');
  }
  if (request.exec !== undefined) return chosen(request.exec, args, 'exec', request.exec);
  if (request.script !== undefined) return namedScript(sandbox, request.script, args);
  return defaultProgram(sandbox, args, image);
}

/** Whether `up` and `--detach` start something: otherwise the sandbox idles. */
export function hasMainProgram(sandbox: Runnable): boolean {
  return sandbox.scripts.has('start') || sandbox.command.length > 0;
}

/** The shell that `msb shell` starts. */
export function shellOf(sandbox: Pick<Sandbox, 'shell'>): string {
  return sandbox.shell ?? DEFAULT_SHELL;
}

function namedScript(sandbox: Runnable, script: string, args: readonly string[]): ProgramSelection {
  if (script === SHELL_SCRIPT || sandbox.scripts.has(script)) {
    return chosen(scriptPath(script), args, 'script', script);
  }
  const message = `script '${quote(script)}' not found in sandbox configuration '${sandbox.name}'`;
  return fail('script-not-found', message);
}

function defaultProgram(sandbox: Runnable, args: readonly string[], image: ImageConfig): ProgramSelection {
  if (sandbox.scripts.has('start')) return chosen(scriptPath('start'), args, 'start', 'start');
  const own = sandbox.command.length > 0;
  const [program, ...rest] = own ? sandbox.command : [...image.entrypoint, ...image.cmd];
  if (program !== undefined) {
    return chosen(program, args.length > 0 ? args : rest, own ? 'command' : 'image', program);
  }
  if (sandbox.shell !== undefined) return chosen(sandbox.shell, args, 'shell', SHELL_SCRIPT);
  return fail('no-entry', NO_ENTRY_MESSAGE);
}

function chosen(
  program: string,
  args: readonly string[],
  from: SelectedProgram['from'],
  label: string,
): ProgramSelection {
  return { ok: true, program: { program, args, from, label } };
}

function fail(reason: SelectionFailure, message: string): ProgramSelection {
  return { ok: false, reason, message };
}
