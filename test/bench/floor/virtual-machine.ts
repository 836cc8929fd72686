// A bare VM: QEMU, the kernel and rawguest, with nothing of the product around them.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import path from 'node:path';
import { assetsIn, defaultAssetFolder } from '../../../server/engine/machine/assets.ts';
import { chardevIds, floorCommandLine, socketOf } from './command-line.ts';
import type { FloorDisks } from './disks.ts';

const bootDeadlineMs = 60_000;

export interface FloorVm extends AsyncDisposable {
  /** Spawn to the first line of PID 1 on the console. */
  readonly firstLineMs: number;
  readonly port: Socket;
}

/** A bare VM whose sockets are connected and that may not have done anything yet. */
export interface Launched extends AsyncDisposable {
  readonly folder: string;
  readonly startedAt: number;
  /** Rejects when the VM ends or takes too long. */
  within<T>(waiting: Promise<T>): Promise<T>;
  socket(id: string): Socket;
}

export async function startFloorVm(productLine: readonly string[], disks: FloorDisks): Promise<FloorVm> {
  const vm = await launch(productLine, disks);
  try {
    const firstLineMs = (await vm.within(firstLineAt(vm.socket('console')))) - vm.startedAt;
    return {
      firstLineMs,
      port: vm.socket('agent'),
      [Symbol.asyncDispose]: () => vm[Symbol.asyncDispose](),
    };
  } catch (error) {
    await vm[Symbol.asyncDispose]();
    throw error;
  }
}

export async function launch(productLine: readonly string[], disks: FloorDisks): Promise<Launched> {
  const folder = await mkdtemp(path.join(disks.folder, 'vm-'));
  const line = floorCommandLine(productLine, {
    folder,
    kernel: assetsIn(defaultAssetFolder()).kernel,
    disks: {
      agent: disks.agent,
      root: disks.image,
      changes: await disks.makeChanges(path.join(folder, 'changes.img')),
    },
  });
  const [program = '', ...args] = line;
  const ids = chardevIds(line);
  const servers = await Promise.all(ids.map((id) => listen(socketOf(folder, id))));
  const sockets = Promise.all(
    servers.map(async (server) => ((await once(server, 'connection')) as [Socket])[0]),
  );
  const startedAt = performance.now();
  const vmm = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  vmm.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<never>((_, reject) => {
    vmm.once('error', reject);
    vmm.once('close', () => reject(new Error(`the floor's VM ended: ${stderr}`)));
  });
  const dispose = async (): Promise<void> => {
    ended.catch(() => undefined);
    if (vmm.exitCode === null && vmm.signalCode === null) {
      vmm.kill('SIGKILL');
      await once(vmm, 'close');
    }
    for (const server of servers) server.close();
    await rm(folder, { recursive: true, force: true });
  };
  const within = <T>(waiting: Promise<T>): Promise<T> => Promise.race([waiting, ended, timeout()]);
  try {
    const connected = await within(sockets);
    // The VM's end, not a socket, tells that it died.
    for (const socket of connected) socket.on('error', () => undefined);
    const socket = (id: string): Socket => {
      const found = connected[ids.indexOf(id)];
      if (!found) throw new Error(`no ${id} among ${ids.join(', ')}`);
      return found;
    };
    return { folder, startedAt, within, socket, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function firstLineAt(console: Socket): Promise<number> {
  return new Promise((resolve) => {
    let text = '';
    console.setEncoding('utf8').on('data', (chunk: string) => {
      const at = performance.now();
      text += chunk;
      if (text.includes('first line')) resolve(at);
    });
  });
}

async function listen(socket: string): Promise<Server> {
  const server = createServer();
  server.listen(socket);
  await once(server, 'listening');
  return server;
}

function timeout(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(
      () => reject(new Error(`the floor's VM did not boot in ${bootDeadlineMs} ms`)),
      bootDeadlineMs,
    ).unref();
  });
}
