import type { Command } from 'commander';
import { fileOption, sandboxSwitch } from './grammar.ts';
import type { Grammar } from './grammar.ts';

interface CleanOptions {
  readonly user?: boolean;
  readonly all?: boolean;
  readonly force?: boolean;
  readonly file?: string;
}

export function defineClean(program: Command, grammar: Grammar): void {
  const command = program
    .command('clean')
    .description('delete what sandboxes have left: disks, logs, history')
    .argument('[name]', 'one sandbox; default the whole menv folder')
    .addOption(sandboxSwitch())
    .option('-u, --user', 'the home folder instead: images, logins, installed sandboxes')
    .option('-a, --all', 'the project and the home folder')
    .addOption(fileOption())
    .option('-F, --force', 'also what the Sandboxfile still defines');
  command.action((name: string | undefined, options: CleanOptions) => {
    const { user = false, all = false, force = false, file: path } = options;
    if (user && all) command.error('cannot specify both `--user` and `--all` flags', { exitCode: 2 });
    if (name !== undefined && (user || all)) {
      command.error('a name excludes `--user` and `--all`', { exitCode: 2 });
    }
    grammar.accept({ command: 'clean', path, name, project: !user, home: user || all, force });
  });
}
