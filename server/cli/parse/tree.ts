import type { Command } from 'commander';
import { componentSwitches, fileOption, positiveInteger, sectionOf } from './grammar.ts';
import type { ComponentOptions, Grammar } from './grammar.ts';

interface TreeOptions extends ComponentOptions {
  readonly level?: number;
  readonly file?: string;
}

export function defineTree(program: Command, grammar: Grammar): void {
  const command = program
    .command('tree')
    .description('show the layers that sandboxes are made of')
    .argument('<names...>', 'components')
    .option('-L, --level <n>', 'how deep; 1 shows names only', positiveInteger)
    .addOption(fileOption());
  for (const option of componentSwitches()) command.addOption(option);
  command.action((names: string[], options: TreeOptions) => {
    const { file: path, level } = options;
    grammar.accept({ command: 'tree', path, section: sectionOf(command, options), names, level });
  });
}
