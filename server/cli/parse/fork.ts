import type { Command } from 'commander';
import { fileOption, positiveInteger } from './grammar.ts';
import type { Grammar } from './grammar.ts';

interface Options {
  readonly file?: string;
  readonly count: number;
  readonly name?: string;
  readonly snapshot?: string;
}

export function defineFork(program: Command, grammar: Grammar): void {
  program
    .command('fork')
    .description('run copies of a sandbox that runs, or of a snapshot, with its memory')
    .argument('<sandbox>', 'name of the sandbox')
    .option('-n, --count <k>', 'how many', positiveInteger, 1)
    .option('--name <name>', 'name of the copy; of several, what their numbers follow')
    .option('--snapshot <snapshot>', 'go on from this snapshot of the sandbox')
    .addOption(fileOption())
    .action((sandbox: string, { file, count, name, snapshot }: Options) => {
      grammar.accept({ command: 'fork', path: file, sandbox, count, name, snapshot });
    });
}
