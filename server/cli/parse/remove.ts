import type { Command } from 'commander';
import { componentSwitches, fileOption, sectionOf } from './grammar.ts';
import type { ComponentOptions, Grammar } from './grammar.ts';

export function defineRemove(program: Command, grammar: Grammar): void {
  const command = program
    .command('remove')
    .alias('rm')
    .description('take components out of the Sandboxfile')
    .argument('<names...>', 'components; what runs of them goes on')
    .addOption(fileOption());
  for (const option of componentSwitches()) command.addOption(option);
  command.action((names: string[], options: ComponentOptions & { readonly file?: string }) => {
    grammar.accept({ command: 'remove', path: options.file, section: sectionOf(command, options), names });
  });
}
