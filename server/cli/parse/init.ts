import type { Command } from 'commander';
import { fileOption } from './grammar.ts';
import type { Grammar } from './grammar.ts';

export function defineInit(program: Command, grammar: Grammar): void {
  program
    .command('init')
    .description('make a Sandboxfile and its menv folder')
    .addOption(fileOption())
    .action((options: { file?: string }) => {
      grammar.accept({ command: 'init', path: options.file });
    });
}
