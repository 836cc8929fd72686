import { DEFAULT_SHELL } from '../assemble/command.ts';
import { SHELL_SCRIPT } from '../grammars/name.ts';
import type { Sandbox } from '../model.ts';

/** Guest folder of the scripts; each is an executable file of mode 0750. */
export const SCRIPTS_FOLDER = '/.sandbox/scripts';

export interface ScriptFile {
  readonly name: string;
  readonly content: string;
}

export function scriptPath(name: string): string {
  return `${SCRIPTS_FOLDER}/${name}`;
}

/** The sandbox's scripts and the one that starts its shell. */
export function scriptFiles(sandbox: Pick<Sandbox, 'scripts' | 'shell'>): readonly ScriptFile[] {
  const shell = sandbox.shell ?? DEFAULT_SHELL;
  const files = [...sandbox.scripts].map(([name, text]) => ({ name, content: withShebang(shell, text) }));
  const word = `'${shell.replaceAll("'", "'\\''")}'`;
  return [...files, { name: SHELL_SCRIPT, content: withShebang(shell, `exec ${word} "$@"`) }];
}

function withShebang(shell: string, text: string): string {
  return `#!${shell}\n${text}\n`;
}
