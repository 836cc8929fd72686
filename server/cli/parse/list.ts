import type { Command } from 'commander';
import { fileOption, sandboxSwitch } from './grammar.ts';
import type { Grammar } from './grammar.ts';

export function defineList(program: Command, grammar: Grammar): void {
  program
    .command('list')
    .description('list what the Sandboxfile declares')
    .addOption(sandboxSwitch())
    .addOption(fileOption())
    .action((options: { file?: string }) => {
      grammar.accept({ command: 'list', path: options.file });
    });
}
