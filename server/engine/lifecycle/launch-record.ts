// What an engine must know about a running sandbox that another engine started: how it was defined
// then, whatever the file says now. It travels through the supervisor, so it cannot be stale.

import { selectProgram } from '../../sandboxfile/index.ts';
import type { ImageConfig, Sandbox as Definition, SelectedProgram } from '../../sandboxfile/index.ts';
import type { Selection } from '../api.ts';
import { SandboxError } from '../errors/index.ts';

export interface LaunchRecord {
  readonly name: string;
  /** KEY=VALUE, complete. */
  readonly env: readonly string[];
  readonly workdir: string;
  readonly scripts: readonly string[];
  readonly command: readonly string[];
  readonly shell?: string;
  readonly image: Pick<ImageConfig, 'entrypoint' | 'cmd'>;
  /** Absent: an older engine has started it. */
  readonly imageDigest?: string;
  /** Absent: the sandbox idles. */
  readonly main?: SelectedProgram;
  /** Of the wish that the run answers; see `RunOptions`. */
  readonly key?: string;
}

export function encodeRecord(record: LaunchRecord): string {
  return JSON.stringify(record);
}

/** The text comes from a supervisor that this user runs; an older engine may have written it. */
export function decodeRecord(text: string, sandbox: string): LaunchRecord {
  try {
    const record: unknown = JSON.parse(text);
    if (isLaunchRecord(record)) return record;
  } catch (error) {
    throw new SandboxError('PROTOCOL', { subject: sandbox, cause: error });
  }
  throw new SandboxError('PROTOCOL', { subject: sandbox });
}

/** Whether the run is what was asked for under this key. */
export function isRunOf(record: LaunchRecord, key: string | undefined): boolean {
  return key !== undefined && record.key === key;
}

type Runnable = Pick<LaunchRecord, 'name' | 'scripts' | 'command' | 'shell'>;

export function runnable(definition: Definition): Runnable {
  return {
    name: definition.name,
    scripts: [...definition.scripts.keys()],
    command: definition.command,
    ...(definition.shell === undefined ? {} : { shell: definition.shell }),
  };
}

/** Section 9 of the reference: what a selection runs in this sandbox. */
export function select(
  sandbox: Runnable,
  image: Pick<ImageConfig, 'entrypoint' | 'cmd'>,
  selection: Selection,
): SelectedProgram {
  const definition = {
    name: sandbox.name,
    command: sandbox.command,
    shell: sandbox.shell,
    scripts: new Map(sandbox.scripts.map((name) => [name, ''])),
  };
  const chosen = selectProgram(definition, selection, { env: [], workingDir: '', ...image });
  if (chosen.ok) return chosen.program;
  switch (chosen.reason) {
    case 'usage':
      throw new SandboxError('SELECTION_CONFLICT');
    case 'script-not-found':
      throw new SandboxError('SCRIPT_UNKNOWN', { subject: selection.script ?? '', context: sandbox.name });
    case 'no-entry':
      throw new SandboxError('NO_ENTRY', { subject: sandbox.name });
  }
}

/**
 * Throws when the program asked for is the main program itself. A shell is never refused: asking
 * for one means a session. A program given by `--exec` is the same only with the same arguments.
 */
export function refuseMain(record: LaunchRecord, selected: SelectedProgram): void {
  const { main } = record;
  if (main?.program !== selected.program || selected.label === 'shell') return;
  const byExec = main.from === 'exec' || selected.from === 'exec';
  if (byExec && JSON.stringify(main.args) !== JSON.stringify(selected.args)) return;
  throw new SandboxError('ALREADY_RUNNING', { subject: record.name, context: main.label });
}

function isLaunchRecord(value: unknown): value is LaunchRecord {
  if (typeof value !== 'object' || value === null) return false;
  const lists = ['env', 'scripts', 'command'].every((key) => Array.isArray(Reflect.get(value, key)));
  return lists && 'name' in value && 'workdir' in value && 'image' in value;
}
