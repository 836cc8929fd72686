// `image ls`, `image rm`, `image prune`, `image inspect`, `image commit`, `load` and `save`: images on this machine.

import { Option } from 'commander';
import type { Command } from 'commander';
import type { SaveFormat } from '../../engine/api.ts';
import { fileOption } from './grammar.ts';
import type { Grammar } from './grammar.ts';

export function defineImage(program: Command, grammar: Grammar): void {
  const image = program.command('image').description('images on this machine').usage('<command>');
  image
    .command('ls')
    .alias('list')
    .description('list them')
    .addOption(new Option('--json', 'print them as JSON').conflicts('quiet'))
    .option('-q, --quiet', 'print digests only')
    .action(({ json, quiet }: { json?: boolean; quiet?: boolean }) => {
      const format = json === true ? 'json' : quiet === true ? 'digests' : 'table';
      grammar.accept({ command: 'image-ls', format });
    });
  image
    .command('rm')
    .alias('remove')
    .description('delete images; one that a sandbox runs from is refused')
    .argument('<images...>', 'references, digests or the beginnings of digests')
    .action((images: string[]) => {
      grammar.accept({ command: 'image-rm', images });
    });
  image
    .command('prune')
    .description('delete images without a name, and the least recently used ones above a size')
    .option('--keep <size>', 'as 500M or 20GiB; 0 keeps only what runs (default: MENV_IMAGES_LIMIT)')
    .action(({ keep }: { keep?: string }) => {
      grammar.accept({ command: 'image-prune', keep });
    });
  image
    .command('inspect')
    .description('print all that is known about images, as JSON')
    .argument('<images...>', 'references, digests or the beginnings of digests')
    .action((images: string[]) => {
      grammar.accept({ command: 'image-inspect', images });
    });
  image
    .command('commit')
    .description('make an image of a sandbox: its image, and what it has changed')
    .argument('<name>', 'sandbox; its programs pause meanwhile')
    .argument('<image>', 'reference to call it by')
    .option('-m, --message <text>', "a line for the image's history")
    .addOption(fileOption())
    .action((name: string, reference: string, options: { message?: string; file?: string }) => {
      const { message, file } = options;
      grammar.accept({ command: 'image-commit', path: file, name, reference, message });
    });
}

export function defineLoad(program: Command, grammar: Grammar): void {
  program
    .command('load')
    .description('take images from an OCI layout or a docker archive')
    .usage('[options] <path>')
    .argument('<path>', 'folder or tar file; - is standard input')
    .option('--name <image>', 'what to call the image; there must be only one')
    .action((path: string, { name }: { name?: string }) => {
      grammar.accept({ command: 'load', path, name });
    });
}

export function defineSave(program: Command, grammar: Grammar): void {
  program
    .command('save')
    .description('write images into one file or folder')
    .argument('<images...>', 'references, digests or the beginnings of digests')
    .requiredOption('-o, --output <path>', 'file to write; a folder for `oci-layout`')
    .addOption(
      new Option('--format <format>', 'what to write')
        .choices(['docker-archive', 'oci-archive', 'oci-layout'] satisfies SaveFormat[])
        .default('docker-archive'),
    )
    .action((images: string[], { output, format }: { output: string; format: SaveFormat }) => {
      grammar.accept({ command: 'save', images, output, format });
    });
}
