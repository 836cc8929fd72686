import { Option } from 'commander';
import type { Command } from 'commander';
import { fileOption, sandboxSwitch, wholeNumber } from './grammar.ts';
import type { Grammar } from './grammar.ts';

interface LogOptions {
  readonly file?: string;
  readonly follow?: boolean;
  readonly tail?: number;
  readonly n?: number;
  readonly audit?: boolean;
}

export function defineLog(program: Command, grammar: Grammar): void {
  program
    .command('log')
    .description("print a sandbox's log")
    .argument('<name>', 'sandbox')
    .addOption(sandboxSwitch())
    .addOption(fileOption())
    .option('-F, --follow', 'go on printing what is appended')
    .option('-t, --tail <n>', 'only the last n lines', wholeNumber)
    .option('--audit', 'what the sandbox was denied in its network instead, a line of JSON each')
    .addOption(new Option('-n <n>').hideHelp().argParser(wholeNumber))
    .action((name: string, options: LogOptions) => {
      if (options.n !== undefined) grammar.note('`log -n` is deprecated, use `log -t`');
      grammar.accept({
        command: 'log',
        path: options.file,
        name,
        follow: options.follow === true,
        tail: options.tail ?? options.n,
        audit: options.audit === true,
      });
    });
}
