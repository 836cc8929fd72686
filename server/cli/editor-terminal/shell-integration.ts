// Shells of the guest tell the editor where prompts, commands and their results are, in the sequences that
// it knows (OSC 633): A and B around the prompt, D with a command's status, P with the working folder. What
// no plain shell can tell, that a command now runs (C), is told by the terminal: see command-marks.ts. The
// sequences are in the output, so they live through a reload of the window like the output itself.

import type { Sandbox } from '../../engine/api.ts';

/** In the guest's memory; gone with the run. */
const FILE = '/.sandbox/shell-integration';

/** Undefined when the guest takes no file: the shell works without. */
export async function shellIntegration(sandbox: Sandbox): Promise<readonly string[] | undefined> {
  try {
    const script = new TextEncoder().encode(SCRIPT);
    await sandbox.files.write(FILE, script, { mode: 0o644, create: true, overwrite: true });
    return integrationEnvironment(FILE);
  } catch {
    return undefined;
  }
}

/** POSIX shells read the file that ENV names, bash runs what PROMPT_COMMAND says; other shells heed neither. */
export function integrationEnvironment(file: string): readonly string[] {
  return [`ENV=${file}`, `PROMPT_COMMAND=. ${file}`];
}

/**
 * Busybox and bash have to be told what of a prompt takes no room on the screen, dash knows no such thing and
 * prints what it does not know. `__sandbox_status` is the last command's, wherever that has been saved.
 */
export const SCRIPT = `__sandbox_status=$?
if [ -n "$BASH_VERSION" ]; then
  printf '\\033]633;D;%s\\007\\033]633;P;Cwd=%s\\007' "$__sandbox_status" "$PWD"
  case $PS1 in
    *633*) ;;
    *) PS1='\\[\\033]633;A\\007\\]'"$PS1"'\\[\\033]633;B\\007\\]' ;;
  esac
else
  case $PS1 in
    *633*) ;;
    *\\\\*) PS1='\\[\\033]633;D;$?\\007\\033]633;P;Cwd=$PWD\\007\\033]633;A\\007\\]'"$PS1"'\\[\\033]633;B\\007\\]' ;;
    *) PS1="$(printf '\\033]633;D;')\\$?$(printf '\\007\\033]633;P;Cwd=')\\$PWD$(printf '\\007\\033]633;A\\007')$PS1$(printf '\\033]633;B\\007')" ;;
  esac
fi
`;
