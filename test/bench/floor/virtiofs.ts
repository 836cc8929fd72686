// virtiofsd beside the product's volumes, in the same VM: a folder of its own, by vhost-user.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Debian 12's own, in QEMU's package, ends with an error on many machines: another has to be in PATH. */
const program = process.env['VIRTIOFSD'] ?? 'virtiofsd';

export class VirtioFs implements AsyncDisposable {
  /** What is shared, and what the guest mounts it by. */
  readonly folder: string;
  readonly tag = 'floor';
  /**
   * In place of QEMU: adds the device, and memory that another process can see. Like guests that come from templates, which
   * this device keeps from being made, its guest is woken by its processors' own timers.
   */
  readonly vmm: string;
  readonly #server: ChildProcess;

  private constructor(folder: string, vmm: string, server: ChildProcess) {
    this.folder = folder;
    this.vmm = vmm;
    this.#server = server;
  }

  static async start(folder: string): Promise<VirtioFs> {
    const [shared, socket, vmm] = ['shared', 'socket', 'vmm'].map((name) => path.join(folder, name));
    if (shared === undefined || socket === undefined || vmm === undefined) throw new Error('no names');
    await mkdir(shared, { recursive: true });
    await writeFile(vmm, wrapper(socket));
    await chmod(vmm, 0o755);
    const options = [
      `--socket-path=${socket}`,
      `--shared-dir=${shared}`,
      '--sandbox=none',
      '--log-level=error',
    ];
    const server = spawn(program, options, { stdio: ['ignore', 'ignore', 'inherit'] });
    await once(server, 'spawn').catch((cause: unknown) => {
      throw new Error(`${program} is not there: \`cargo install virtiofsd\` makes it`, { cause });
    });
    while (server.exitCode === null && !(await exists(socket))) await delay(10);
    return new VirtioFs(shared, vmm, server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.exitCode !== null) return;
    const ended = once(this.#server, 'exit');
    this.#server.kill();
    await ended;
  }
}

function wrapper(socket: string): string {
  return `#!/bin/bash
for arg; do
  [ "$before" = -m ] && size=$arg
  [ "$before" = -M ] && args+=("$arg,memory-backend=shared") || args+=("\${arg/ nolapic_timer/}")
  before=$arg
done
exec ${qemu()} "\${args[@]}" -object memory-backend-memfd,id=shared,share=on,size=$size \\
  -chardev socket,id=floor,path=${socket} -device vhost-user-fs-device,chardev=floor,tag=floor,queue-size=1024
`;
}

function qemu(): string {
  return process.arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64';
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
