import type { Command } from 'commander';
import { detachOption, fileOption, sandboxSwitch } from './grammar.ts';
import type { Grammar } from './grammar.ts';

export function defineUp(program: Command, grammar: Grammar): void {
  program
    .command('up')
    .description('run sandboxes with what they need')
    .argument('[names...]', 'sandboxes; default all, and saved copies')
    .addOption(sandboxSwitch())
    .addOption(fileOption())
    .addOption(detachOption())
    .action((names: string[], options: { file?: string; detach?: boolean }) => {
      grammar.accept({ command: 'up', path: options.file, names, detach: options.detach === true });
    });
}
