// `pull` and `push`.

import type { Command } from 'commander';
import type { ImageTarget } from '../invocation.ts';
import { fileOption } from './grammar.ts';
import type { Grammar } from './grammar.ts';

interface TransferOptions {
  readonly imageGroup?: boolean;
  readonly layerPath?: string;
  readonly file?: string;
}

export function definePull(program: Command, grammar: Grammar): void {
  transfer(program, 'pull')
    .description('fetch an image from its registry')
    .option('-L, --layer-path <path>', 'keep the image in this folder; it is found there by its name')
    .action((image: string, options: TransferOptions) => {
      const { layerPath } = options;
      grammar.accept({ command: 'pull', target: targetOf(image, options), layerPath });
    });
}

export function definePush(program: Command, grammar: Grammar): void {
  transfer(program, 'push')
    .description('put an image of this machine into its registry')
    .action((image: string, options: TransferOptions) => {
      grammar.accept({ command: 'push', target: targetOf(image, options) });
    });
}

function transfer(program: Command, name: string): Command {
  return program
    .command(name)
    .usage('[options] <image>')
    .argument('<image>', 'image reference, or with -G a group of the Sandboxfile')
    .option('-i, --image', 'the name is an image (default)')
    .option('-G, --image-group', 'every image that members of this group use')
    .addOption(fileOption());
}

function targetOf(name: string, { imageGroup, file }: TransferOptions): ImageTarget {
  return imageGroup === true ? { kind: 'group', group: name, path: file } : { kind: 'image', image: name };
}
