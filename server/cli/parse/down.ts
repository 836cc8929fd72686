import type { Command } from 'commander';
import { fileOption, sandboxSwitch } from './grammar.ts';
import type { Grammar } from './grammar.ts';

export function defineDown(program: Command, grammar: Grammar): void {
  program
    .command('down')
    .description('stop sandboxes')
    .option('--save', 'in the middle of what they do: their next start goes on there')
    .argument('[names...]', 'sandboxes; default all')
    .addOption(sandboxSwitch())
    .addOption(fileOption())
    .action((names: string[], options: { file?: string; save?: boolean }) => {
      grammar.accept({ command: 'down', path: options.file, names, save: options.save === true });
    });
}
