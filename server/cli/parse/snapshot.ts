// `pause`, `resume` and `snapshot`.

import type { Command } from 'commander';
import { fileOption } from './grammar.ts';
import type { Grammar } from './grammar.ts';

interface Options {
  readonly file?: string;
}

export function defineHold(program: Command, grammar: Grammar): void {
  for (const [command, description] of [
    ['pause', 'hold sandboxes still; they take no processor time'],
    ['resume', 'let paused sandboxes go on'],
  ] as const) {
    program
      .command(command)
      .description(description)
      .argument('[names...]', 'sandboxes; default all that run')
      .addOption(fileOption())
      .action((names: string[], options: Options) => {
        grammar.accept({ command, path: options.file, names });
      });
  }
}

export function defineSnapshot(program: Command, grammar: Grammar): void {
  const snapshot = program
    .command('snapshot')
    .description('snapshots of running sandboxes: memory and disk')
    .usage('<command>');
  for (const [name, command, description] of [
    ['create', 'snapshot-create', 'make one; the sandbox goes on'],
    ['restore', 'snapshot-restore', 'go back to one: what came after it is lost, on the disk too'],
    ['rm', 'snapshot-rm', 'delete one'],
  ] as const) {
    snapshot
      .command(name)
      .description(description)
      .argument('<sandbox>', 'name of the sandbox')
      .argument('<snapshot>', 'name of the snapshot')
      .addOption(fileOption())
      .action((sandbox: string, named: string, options: Options) => {
        grammar.accept({ command, path: options.file, name: sandbox, snapshot: named });
      });
  }
  snapshot
    .command('ls')
    .alias('list')
    .description('list them')
    .argument('[names...]', 'sandboxes; default all')
    .addOption(fileOption())
    .action((names: string[], options: Options) => {
      grammar.accept({ command: 'snapshot-ls', path: options.file, names });
    });
}
