// `run`, and the two that are other words for it.

import type { Command } from 'commander';
import { detachOption, fileOption, sandboxSwitch } from './grammar.ts';
import type { Grammar } from './grammar.ts';
import { execOptions, selection, splitScript } from './selection.ts';
import type { ExecOptions } from './selection.ts';

interface RunOptions extends ExecOptions {
  readonly file?: string;
  readonly detach?: boolean;
}

export function defineRun(program: Command, grammar: Grammar): void {
  const command = withRunOptions(program.command('run').alias('r'))
    .description('run a script of a sandbox, starting the sandbox when it does not run')
    .usage('[options] <name>[~<script>] [-- <args>...]')
    .argument('<name>', 'sandbox, and after `~` the script; default `start`');
  for (const option of execOptions()) command.addOption(option);
  command.action((target: string, options: RunOptions) => {
    const { name, script } = splitScript(target);
    grammar.accept({
      command: 'run',
      path: options.file,
      name,
      selection: selection(command, script, options, grammar.guestArguments),
      detach: options.detach === true,
    });
  });
}

export function defineShell(program: Command, grammar: Grammar): void {
  withRunOptions(program.command('shell'))
    .description('open a shell in a sandbox')
    .usage('[options] <name> [-- <args>...]')
    .argument('<name>', 'sandbox')
    .action((name: string, options: RunOptions) => {
      acceptScript(grammar, name, 'shell', options);
    });
}

/** The old spelling of `run NAME~start`. */
export function defineStart(program: Command, grammar: Grammar): void {
  withRunOptions(program.command('start', { hidden: true }))
    .usage('[options] <name> [-- <args>...]')
    .argument('<name>')
    .action((name: string, options: RunOptions) => {
      grammar.note('`msb start NAME` is deprecated, use `msb run NAME~start`');
      acceptScript(grammar, name, 'start', options);
    });
}

function withRunOptions(command: Command): Command {
  return command.addOption(sandboxSwitch()).addOption(fileOption()).addOption(detachOption());
}

function acceptScript(grammar: Grammar, name: string, script: string, options: RunOptions): void {
  grammar.accept({
    command: 'run',
    path: options.file,
    name,
    selection: { script, args: grammar.guestArguments },
    detach: options.detach === true,
  });
}
