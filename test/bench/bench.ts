// What all figures of one run share: a project, the engine, the floor.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine, Project, Sandbox } from '../../server/engine/index.ts';
import { Place } from '../support/place.ts';
import { commandLine } from '../support/processes.ts';
import { FloorDisks } from './floor/disks.ts';
import { startFloorVm } from './floor/virtual-machine.ts';
import type { FloorVm } from './floor/virtual-machine.ts';

const sandboxfile = `sandboxes:
  line:
    image: builtin:busybox
    scope: none
    scripts:
      start: echo first line
  idle:
    image: builtin:busybox
    scope: none
`;

export class Bench implements AsyncDisposable {
  readonly place: Place;
  readonly engine: Engine;
  readonly #resources: AsyncDisposableStack;
  readonly #disks: FloorDisks;
  readonly #productLine: readonly string[];

  private constructor(
    resources: AsyncDisposableStack,
    place: Place,
    engine: Engine,
    disks: FloorDisks,
    productLine: readonly string[],
  ) {
    this.#resources = resources;
    this.place = place;
    this.engine = engine;
    this.#disks = disks;
    this.#productLine = productLine;
  }

  /** Runs the product once: what a first run fetches and imports is no part of any figure. */
  static async create(): Promise<Bench> {
    await using resources = new AsyncDisposableStack();
    const disks = resources.use(await FloorDisks.create());
    const place = resources.use(await Place.create(sandboxfile));
    await mkdir(path.join(place.home, 'run'), { recursive: true });
    const engine = createEngine();
    resources.defer(() => engine.close());
    const project = await engine.openProject({ root: place.project });
    const sandbox = await project.start('idle');
    const productLine = await vmmLine(project);
    await sandbox.stop({ graceMs: 0 });
    return new Bench(resources.move(), place, engine, disks, productLine);
  }

  openProject(): Promise<Project> {
    return this.engine.openProject({ root: this.place.project });
  }

  startFloor(): Promise<FloorVm> {
    return startFloorVm(this.#productLine, this.#disks);
  }

  async startIdle(): Promise<Sandbox> {
    return (await this.openProject()).start('idle');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources[Symbol.asyncDispose]();
  }
}

async function vmmLine(project: Project): Promise<readonly string[]> {
  const [status] = await project.status(['idle']);
  if (status?.vmmPid === undefined) throw new Error('the idle sandbox does not run');
  return commandLine(status.vmmPid);
}
