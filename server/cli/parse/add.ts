import { Option } from 'commander';
import type { Command } from 'commander';
import type { Definition } from '../../engine/api.ts';
import { collect, componentSwitches, fileOption, positiveInteger, sectionOf } from './grammar.ts';
import type { ComponentOptions, Grammar } from './grammar.ts';

interface AddOptions extends ComponentOptions {
  readonly image?: string;
  readonly memory?: number;
  readonly ram?: number;
  readonly cpus?: number;
  readonly cpu?: number;
  readonly volume?: readonly string[];
  readonly port?: readonly string[];
  readonly env?: readonly string[];
  readonly envFile?: string;
  readonly dependsOn?: readonly string[];
  readonly workdir?: string;
  readonly shell?: string;
  readonly script?: readonly string[];
  readonly start?: string;
  readonly import?: readonly string[];
  readonly export?: readonly string[];
  readonly scope?: string;
  readonly file?: string;
}

export function defineAdd(program: Command, grammar: Grammar): void {
  const command = program
    .command('add')
    .description('write components into the Sandboxfile')
    .argument('<names...>', 'names of the new components; all get the same definition')
    .option('-i, --image <image>', 'image reference or path; required but for groups')
    .option('--memory <mib>', 'memory in MiB', positiveInteger)
    .option('--cpus <n>', 'virtual CPUs', positiveInteger)
    .option('-v, --volume <host:guest>', 'mount a folder or file (repeatable)', collect)
    .option('-p, --port <host:guest>', 'publish a port (repeatable)', collect)
    .option('--env <key=value>', 'set a variable (repeatable)', collect)
    .option('--env-file <path>', 'file of variables')
    .option('--depends-on <name>', 'start this one first (repeatable)', collect)
    .option('--workdir <path>', 'working directory')
    .option('--shell <path>', 'shell of the scripts')
    .option('--script <name=text>', 'add a script (repeatable)', collect)
    .option('--start <text>', 'the script `start`')
    .option('--import <name=path>', 'take an artifact (repeatable)', collect)
    .option('--export <name=path>', 'offer an artifact (repeatable)', collect)
    .option('--scope <scope>', 'network scope: none, group, local, public, any')
    .addOption(new Option('--cpu <n>').hideHelp().argParser(positiveInteger))
    .addOption(new Option('--ram <mib>').hideHelp().argParser(positiveInteger))
    .addOption(fileOption());
  for (const option of componentSwitches()) command.addOption(option);
  command.action((names: string[], options: AddOptions) => {
    const section = sectionOf(command, options);
    if (options.image === undefined && section !== 'groups') {
      command.error("required option '-i, --image <image>' not specified", { exitCode: 2 });
    }
    if (options.ram !== undefined) grammar.note('`--ram` is deprecated, use `--memory`');
    // Of `msb` itself: nothing is started here that it could be meant for.
    const { vmm } = section === 'sandboxes' ? program.opts<{ vmm?: string }>() : {};
    const definition = { ...definitionOf(command, options), vmm };
    grammar.accept({ command: 'add', path: options.file, section, names, definition });
  });
}

function definitionOf(command: Command, options: AddOptions): Definition {
  const scripts = new Map(pairs(command, '--script <name=text>', options.script));
  if (options.start !== undefined) scripts.set('start', options.start);
  return {
    image: options.image,
    memory: text(options.memory ?? options.ram),
    cpus: text(options.cpus ?? options.cpu),
    shell: options.shell,
    volumes: options.volume,
    ports: options.port,
    envs: options.env,
    envFile: options.envFile,
    dependsOn: options.dependsOn,
    workdir: options.workdir,
    scripts,
    imports: new Map(pairs(command, '--import <name=path>', options.import)),
    exports: new Map(pairs(command, '--export <name=path>', options.export)),
    scope: options.scope?.toLowerCase(),
  };
}

function text(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** `NAME=VALUE`, split at the first `=`. */
function pairs(
  command: Command,
  option: string,
  texts: readonly string[] | undefined,
): readonly (readonly [string, string])[] {
  return (texts ?? []).map((text) => {
    const at = text.indexOf('=');
    if (at < 0) {
      const message = `option '${option}' argument '${text}' is invalid. There is no \`=\` in it.`;
      command.error(message, { exitCode: 2 });
    }
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
}
