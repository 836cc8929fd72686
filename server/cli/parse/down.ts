import type { Command } from 'commander';
import { fileOption, sandboxSwitch } from './grammar.ts';
import type { Grammar } from './grammar.ts';

export function defineDown(program: Command, grammar: Grammar): void {
  program
    .command('down')
    .description('stop sandboxes')
    .argument('[names...]', 'sandboxes; default all')
    .addOption(sandboxSwitch())
    .addOption(fileOption())
    .action((names: string[], options: { file?: string }) => {
      grammar.accept({ command: 'down', path: options.file, names });
    });
}
