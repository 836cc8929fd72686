import { Option } from 'commander';
import type { Command } from 'commander';
import { collect, positiveInteger } from './grammar.ts';
import type { Grammar } from './grammar.ts';
import { execOptions, selection, splitScript } from './selection.ts';
import type { ExecOptions } from './selection.ts';

interface ExeOptions extends ExecOptions {
  readonly cpus?: number;
  readonly cpu?: number;
  readonly memory?: number;
  readonly ram?: number;
  readonly volume?: readonly string[];
  readonly port?: readonly string[];
  readonly env?: readonly string[];
  readonly workdir?: string;
  readonly scope?: string;
}

export function defineExe(program: Command, grammar: Grammar): void {
  const command = program
    .command('exe')
    .aliases(['x', 'tmp', 't'])
    .description('run an image once, in a sandbox that is deleted afterwards')
    .usage('[options] <image>[~<script>] [-- <args>...]')
    .argument('<image>', 'image reference or path')
    .option('-i, --image', 'the name is an image (default)')
    .option('--cpus <n>', 'virtual CPUs, default 1', positiveInteger)
    .option('--memory <mib>', 'memory in MiB, default 1024', positiveInteger)
    .option('-v, --volume <host:guest>', 'mount a folder or file (repeatable)', collect)
    .option('-p, --port <host:guest>', 'publish a port (repeatable)', collect)
    .option('--env <key=value>', 'set a variable (repeatable)', collect)
    .option('--workdir <path>', 'working directory')
    .option('--scope <scope>', 'network scope: none, group, local, public, any')
    .addOption(new Option('--cpu <n>').hideHelp().argParser(positiveInteger))
    .addOption(new Option('--ram <mib>').hideHelp().argParser(positiveInteger));
  for (const option of execOptions()) command.addOption(option);
  command.action((target: string, options: ExeOptions) => {
    if (options.ram !== undefined) grammar.note('`--ram` is deprecated, use `--memory`');
    const { name: image, script } = splitScript(target);
    const cpus = options.cpus ?? options.cpu;
    const memoryMib = options.memory ?? options.ram;
    grammar.accept({
      command: 'exe',
      machine: {
        image,
        ...(cpus === undefined ? {} : { cpus }),
        ...(memoryMib === undefined ? {} : { memoryMib }),
        ...(options.volume === undefined ? {} : { volumes: options.volume }),
        ...(options.port === undefined ? {} : { ports: options.port }),
        ...(options.env === undefined ? {} : { envs: options.env }),
        ...(options.workdir === undefined ? {} : { workdir: options.workdir }),
        ...(options.scope === undefined ? {} : { scope: options.scope }),
      },
      selection: selection(command, script, options, grammar.guestArguments),
    });
  });
}
