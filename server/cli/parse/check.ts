import type { Command } from 'commander';
import { fileOption } from './grammar.ts';
import type { Grammar } from './grammar.ts';

interface CheckOptions {
  readonly file?: string;
  readonly json?: boolean;
  readonly strict?: boolean;
}

export function defineCheck(program: Command, grammar: Grammar): void {
  program
    .command('check')
    .description('print every problem of the Sandboxfile')
    .addOption(fileOption())
    .option('--json', 'print them as JSON')
    .option('--strict', 'warnings fail too')
    .action(({ file, json, strict }: CheckOptions) => {
      grammar.accept({ command: 'check', path: file, json: json === true, strict: strict === true });
    });
}
