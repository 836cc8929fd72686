import type { Command } from 'commander';
import { fileOption } from './grammar.ts';
import type { Grammar } from './grammar.ts';

interface Options {
  readonly file?: string;
  readonly stdin?: boolean;
}

export function defineSecret(program: Command, grammar: Grammar): void {
  const secret = program
    .command('secret')
    .description('values that sandboxes use and never get')
    .usage('<command>');
  secret
    .command('ls')
    .alias('list')
    .description('list them, with the hosts that each is for')
    .addOption(fileOption())
    .action(({ file }: Options) => {
      grammar.accept({ command: 'secret-ls', path: file });
    });
  secret
    .command('set')
    .description('give the value of one, for the hosts that the Sandboxfile names for it now')
    .argument('<name>', 'name of the secret')
    .option('--stdin', 'read the value from standard input')
    .addOption(fileOption())
    .action((name: string, { file, stdin }: Options) => {
      grammar.accept({ command: 'secret-set', path: file, name, stdin: stdin === true });
    });
  secret
    .command('rm')
    .alias('remove')
    .description('forget the value of one')
    .argument('<name>', 'name of the secret')
    .addOption(fileOption())
    .action((name: string, { file }: Options) => {
      grammar.accept({ command: 'secret-rm', path: file, name });
    });
}
