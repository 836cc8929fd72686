// The product's own virtual machine with QEMU's user network in place of the product's.

import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** QEMU, but for the network: what is behind the device, and that the host is at the same address. */
const program = `#!/bin/sh
for word; do
  shift
  case $word in dgram,id=network,*) word=user,id=network,net=198.19.0.0/16,host=198.19.0.2,dns=198.19.0.1 ;; esac
  set -- "$@" "$word"
done
exec qemu-system-x86_64 "$@"
`;

/** Makes the program, to be given to an engine as its VMM. */
export async function userNetworkQemu(folder: string): Promise<string> {
  const file = path.join(folder, 'qemu-user-network');
  await writeFile(file, program);
  await chmod(file, 0o755);
  return file;
}
