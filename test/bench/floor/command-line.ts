// The product's own QEMU command line with the floor's disk and sockets in place of its own: same
// kernel, same options, same devices.

import path from 'node:path';

export interface FloorFiles {
  /** Where the sockets of the floor's VM are made. */
  readonly folder: string;
  readonly kernel: string;
  /** By the names that the product gives them. */
  readonly disks: Readonly<Partial<Record<string, string>>>;
}

interface BlockDevice {
  readonly 'node-name': string;
  readonly file: { readonly filename: string };
}

/** `productLine` starts with the program. The product's files are descriptors that only its VM has. */
export function floorCommandLine(productLine: readonly string[], files: FloorFiles): readonly string[] {
  return productLine.flatMap((argument, index) => {
    if (argument === '-add-fd') return [];
    switch (productLine[index - 1]) {
      case '-add-fd':
        return [];
      case '-kernel':
        return [files.kernel];
      case '-chardev':
        return [chardevByPath(argument, files.folder)];
      case '-blockdev':
        return [blockdev(argument, files)];
      default:
        return [argument];
    }
  });
}

/** Ids of the character devices, in the order of the line. */
export function chardevIds(line: readonly string[]): readonly string[] {
  return line
    .filter((_, index) => line[index - 1] === '-chardev')
    .map((argument) => {
      const [, id] = /(?:^|,)id=([^,]+)/.exec(argument) ?? [];
      if (id === undefined) throw new Error(`a chardev without an id: ${argument}`);
      return id;
    });
}

export function socketOf(folder: string, id: string): string {
  return path.join(folder, `${id}.sock`);
}

/** The product passes inherited descriptors; QEMU connects to a path just the same. */
function chardevByPath(argument: string, folder: string): string {
  const [, id] = /(?:^|,)id=([^,]+)/.exec(argument) ?? [];
  const changed = argument.replace(/(^|,)fd=\d+/, `$1path=${socketOf(folder, id ?? '')}`);
  if (id === undefined || changed === argument) throw new Error(`a chardev of another form: ${argument}`);
  return changed;
}

function blockdev(argument: string, files: FloorFiles): string {
  const device = JSON.parse(argument) as BlockDevice;
  const filename = files.disks[device['node-name']];
  if (filename === undefined) throw new Error(`another disk: ${argument}`);
  return JSON.stringify({ ...device, file: { ...device.file, filename } });
}
