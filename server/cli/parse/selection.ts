import { Option } from 'commander';
import type { Command } from 'commander';
import type { Selection } from '../../engine/api.ts';

export interface ExecOptions {
  readonly exec?: string;
  readonly x?: string;
}

export function execOptions(): readonly Option[] {
  return [
    new Option('-e, --exec <cmd>', 'run this program instead of a script'),
    new Option('-x <cmd>').hideHelp(),
  ];
}

/** `NAME[~SCRIPT]`, split at the first `~`. */
export function splitScript(text: string): { readonly name: string; readonly script?: string } {
  const at = text.indexOf('~');
  return at < 0 ? { name: text } : { name: text.slice(0, at), script: text.slice(at + 1) };
}

export function selection(
  command: Command,
  script: string | undefined,
  options: ExecOptions,
  args: readonly string[],
): Selection {
  const exec = options.exec ?? options.x;
  if (exec !== undefined && script !== undefined) {
    command.error('cannot specify both a script and an `--exec` option.', { exitCode: 2 });
  }
  return {
    args,
    ...(script === undefined ? {} : { script }),
    ...(exec === undefined ? {} : { exec }),
  };
}
