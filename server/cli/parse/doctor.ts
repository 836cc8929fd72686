import type { Command } from 'commander';
import { fileOption } from './grammar.ts';
import type { Grammar } from './grammar.ts';

interface DoctorOptions {
  readonly file?: string;
  readonly json?: boolean;
  readonly probe?: boolean;
  readonly fix?: boolean;
}

export function defineDoctor(program: Command, grammar: Grammar): void {
  program
    .command('doctor')
    .description('say what this machine lacks for sandboxes, and what to do about it')
    .addOption(fileOption())
    .option('--probe', 'try hardware virtualisation again')
    .option('--fix', 'mend what can be mended safely')
    .option('--json', 'print the findings as JSON')
    .action(({ file, json, probe, fix }: DoctorOptions) => {
      grammar.accept({
        command: 'doctor',
        path: file,
        json: json === true,
        probe: probe === true,
        fix: fix === true,
      });
    });
}
