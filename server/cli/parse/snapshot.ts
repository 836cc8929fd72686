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
  defineCreate(snapshot, grammar);
  defineRestore(snapshot, grammar);
  defineTransfer(snapshot, grammar);
  oneOf(snapshot, 'rm', 'delete one').action((name: string, named: string, options: Options) => {
    grammar.accept({ command: 'snapshot-rm', path: options.file, name, snapshot: named });
  });
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

interface DiskOptions extends Options {
  readonly disk?: boolean;
}

function defineCreate(snapshot: Command, grammar: Grammar): void {
  oneOf(snapshot, 'create', 'make one; the sandbox goes on')
    .option('-m, --description <text>', 'what it is for')
    .option('--disk', 'of the disk alone; always so on libkrun')
    .action((name: string, named: string, options: DiskOptions & { readonly description?: string }) => {
      const { file: path, description = '', disk: diskOnly = false } = options;
      grammar.accept({ command: 'snapshot-create', path, name, snapshot: named, description, diskOnly });
    });
}

function defineRestore(snapshot: Command, grammar: Grammar): void {
  oneOf(snapshot, 'restore', 'go back to one: what came after it is lost, on the disk too')
    .option('--disk', 'start with its disk, instead of going on with its memory')
    .option('-y, --yes', 'do not ask whether what came after it may be lost')
    .action((name: string, named: string, options: DiskOptions & { readonly yes?: boolean }) => {
      const { file: path, disk: diskOnly = false, yes = false } = options;
      grammar.accept({ command: 'snapshot-restore', path, name, snapshot: named, diskOnly, yes });
    });
}

function defineTransfer(snapshot: Command, grammar: Grammar): void {
  oneOf(snapshot, 'export', 'write one to a file')
    .requiredOption('-o, --output <path>', 'the file, which is replaced')
    .action((name: string, named: string, options: Options & { readonly output: string }) => {
      const { file: path, output } = options;
      grammar.accept({ command: 'snapshot-export', path, name, snapshot: named, output });
    });
  oneOf(snapshot, 'import', 'read one from a file')
    .requiredOption('-i, --input <path>', 'a file that `export` wrote')
    .option('--disk', 'leave its memory out')
    .option('--trust', 'take its memory whoever made it: that can take over QEMU')
    .action(
      (
        name: string,
        named: string,
        options: DiskOptions & { readonly input: string; readonly trust?: boolean },
      ) => {
        const { file: path, input, disk: diskOnly = false, trust = false } = options;
        grammar.accept({ command: 'snapshot-import', path, name, snapshot: named, input, diskOnly, trust });
      },
    );
}

function oneOf(snapshot: Command, command: string, description: string): Command {
  return snapshot
    .command(command)
    .description(description)
    .argument('<sandbox>', 'name of the sandbox')
    .argument('<snapshot>', 'name of the snapshot')
    .addOption(fileOption());
}
