// A bare clone: QEMU goes on from the state of a bare VM that waits at its port, with nothing of the
// product around either.

import { once } from 'node:events';
import { truncate, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { MachineProtocol } from './machine-protocol.ts';
import { RawPort } from './raw-port.ts';
import { launch } from './virtual-machine.ts';
import type { Launched } from './virtual-machine.ts';
import type { FloorDisks } from './disks.ts';

const pollMs = 2;

export class FloorTemplate {
  readonly #line: readonly string[];
  readonly #disks: FloorDisks;
  readonly #state: Uint8Array;

  private constructor(line: readonly string[], disks: FloorDisks, state: Uint8Array) {
    this.#line = line;
    this.#disks = disks;
    this.#state = state;
  }

  /** Boots a bare VM and saves it once it answers. `productLine` is that of a VM that has booted. */
  static async create(productLine: readonly string[], disks: FloorDisks): Promise<FloorTemplate> {
    const ram = path.join(disks.folder, 'ram');
    await writeFile(ram, '');
    await truncate(ram, megabytes(productLine) * 2 ** 20);
    await using vm = await launch(withMemory(productLine, ram, 'on'), disks);
    await vm.within(new RawPort(vm.socket('agent')).roundTrip());
    const state = await vm.within(save(vm));
    return new FloorTemplate(withMemory(productLine, ram, 'off'), disks, state);
  }

  /** Spawn to the end of the clone's first `sh -c true`. */
  async clone(): Promise<number> {
    await using vm = await launch([...this.#line, '-incoming', 'defer'], this.#disks);
    await vm.within(this.#goOn(vm));
    return performance.now() - vm.startedAt;
  }

  async #goOn(vm: Launched): Promise<void> {
    const control = new MachineProtocol(vm.socket('control'));
    await control.begin();
    const incoming = path.join(vm.folder, 'incoming');
    await control.execute('migrate-incoming', { uri: `unix:${incoming}` });
    connect(incoming).end(this.#state);
    await new RawPort(vm.socket('agent')).runShell();
  }
}

async function save(vm: Launched): Promise<Uint8Array> {
  const control = new MachineProtocol(vm.socket('control'));
  await control.begin();
  const outgoing = path.join(vm.folder, 'outgoing');
  const server = createServer();
  server.listen(outgoing);
  await once(server, 'listening');
  const received = once(server, 'connection').then(async ([socket]) =>
    buffer(socket as NodeJS.ReadableStream),
  );
  await control.execute('migrate', { uri: `unix:${outgoing}` });
  const state = await received;
  for (;;) {
    const { status } = (await control.execute('query-migrate')) as { status: string };
    if (status === 'completed') break;
    if (status === 'failed') throw new Error('the floor could not be saved');
    await delay(pollMs);
  }
  server.close();
  return state;
}

function megabytes(line: readonly string[]): number {
  return Number.parseInt(line[line.indexOf('-m') + 1] ?? '', 10);
}

function withMemory(line: readonly string[], ram: string, share: 'on' | 'off'): readonly string[] {
  const memory = `memory-backend-file,id=ram,size=${megabytes(line)}M,mem-path=${ram},share=${share}`;
  const machine = line.map((argument, index) =>
    line[index - 1] === '-M' ? `${argument},memory-backend=ram` : argument,
  );
  return [...machine, '-object', memory];
}
