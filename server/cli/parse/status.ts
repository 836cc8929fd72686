import type { Command } from 'commander';
import { fileOption, sandboxSwitch } from './grammar.ts';
import type { Grammar } from './grammar.ts';

export function defineStatus(program: Command, grammar: Grammar): void {
  program
    .command('status')
    .aliases(['ps', 'stat'])
    .description('show which sandboxes run and what they use')
    .argument('[names...]', 'sandboxes; default all')
    .addOption(sandboxSwitch())
    .addOption(fileOption())
    .action((names: string[], options: { file?: string }) => {
      grammar.accept({ command: 'status', path: options.file, names });
    });
}
