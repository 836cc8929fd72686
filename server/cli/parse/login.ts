// `login` and `logout`.

import type { Command } from 'commander';
import type { Grammar } from './grammar.ts';

interface LoginOptions {
  readonly username?: string;
  readonly passwordStdin?: boolean;
}

export function defineLogin(program: Command, grammar: Grammar): void {
  const command = program
    .command('login')
    .description('log in to a registry')
    .argument('[registry]', 'host, with its port if it has one; default: the default registry')
    .option('-u, --username <user>', 'user name')
    .option('--password-stdin', 'read the password from standard input');
  command.action((registry: string | undefined, { username, passwordStdin }: LoginOptions) => {
    if (passwordStdin === true && username === undefined) {
      command.error('`--password-stdin` needs `--username`', { exitCode: 2 });
    }
    grammar.accept({ command: 'login', registry, username, passwordStdin: passwordStdin === true });
  });
}

export function defineLogout(program: Command, grammar: Grammar): void {
  program
    .command('logout')
    .description('forget the login to a registry')
    .argument('[registry]', 'host, with its port if it has one; default: the default registry')
    .action((registry: string | undefined) => {
      grammar.accept({ command: 'logout', registry });
    });
}
