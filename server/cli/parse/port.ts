import type { Command } from 'commander';
import { fileOption } from './grammar.ts';
import type { Grammar } from './grammar.ts';

interface Options {
  readonly file?: string;
  readonly address?: string;
}

export function definePort(program: Command, grammar: Grammar): void {
  const port = program
    .command('port')
    .description('ports of this machine that lead into running sandboxes')
    .usage('<command>');
  port
    .command('ls')
    .alias('list')
    .description('list them, and the servers in the sandboxes that none leads to')
    .argument('[names...]', 'sandboxes; default all that run')
    .addOption(fileOption())
    .action((names: string[], options: Options) => {
      grammar.accept({ command: 'port-ls', path: options.file, names });
    });
  port
    .command('add')
    .description('publish a port until the sandbox ends; another number is chosen when it is taken')
    .argument('<sandbox>', 'name of the sandbox')
    .argument('<port>', '[host:]guest[/udp]')
    .option('--address <address>', 'IP address of this machine; default localhost')
    .addOption(fileOption())
    .action((name: string, text: string, { file, address }: Options) => {
      grammar.accept({ command: 'port-add', path: file, name, port: text, address });
    });
  port
    .command('rm')
    .description('withdraw a port; its connections end')
    .argument('<sandbox>', 'name of the sandbox')
    .argument('<port>', 'port of this machine, with /udp for udp')
    .addOption(fileOption())
    .action((name: string, text: string, { file }: Options) => {
      grammar.accept({ command: 'port-rm', path: file, name, port: text });
    });
}
