// What all figures of one run share: a project, the engine, the floor.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine, EngineOptions, Project, Sandbox } from '../../server/engine/index.ts';
import { Place } from '../support/place.ts';
import { commandLine } from '../support/processes.ts';
import { makeTemplate } from '../support/templates.ts';
import { FloorTemplate } from './floor/clone.ts';
import { FloorDisks } from './floor/disks.ts';
import { startFloorVm } from './floor/virtual-machine.ts';
import type { FloorVm } from './floor/virtual-machine.ts';

/** Of every sandbox that is measured. */
export const memoryMib = 256;
const idleClones = 30;
const clones = Array.from({ length: idleClones }, (_, index) => `clone${index}`);
const snapshotMemory = 512;
const snapshotName = 'saved';
const sandbox = (name: string, memory = memoryMib): string =>
  `  ${name}:\n    image: builtin:busybox\n    memory: ${memory}\n    scope: none\n`;
const sandboxfile = `sandboxes:
${sandbox('line')}    scripts:
      start: echo first line
${['idle', ...clones].map((name) => sandbox(name)).join('')}${sandbox(snapshotName, snapshotMemory)}`;

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
    const place = resources.use(await Place.create(sandboxfile));
    await mkdir(path.join(place.home, 'run'), { recursive: true });
    const productLine = await bootedLine(place);
    const disks = resources.use(await FloorDisks.create(place.home));
    // As for everybody who starts a second sandbox.
    await makeTemplate(place.home, memoryMib);
    const engine = createEngine();
    resources.defer(() => engine.close());
    return new Bench(resources.move(), place, engine, disks, productLine);
  }

  /** An engine of its own, for starts of another kind. */
  openEngine(options: EngineOptions): Engine {
    const engine = createEngine(options);
    this.#resources.defer(() => engine.close());
    return engine;
  }

  /** Of a user's msb: it may keep its code compiled, though the folder for sandboxes is another one than usual. */
  get msbEnvironment(): Readonly<Record<string, string>> {
    return { XDG_CACHE_HOME: path.join(this.place.root, 'cache') };
  }

  openProject(): Promise<Project> {
    return this.engine.openProject({ root: this.place.project });
  }

  startFloor(): Promise<FloorVm> {
    return startFloorVm(this.#productLine, this.#disks);
  }

  makeFloorTemplate(): Promise<FloorTemplate> {
    return FloorTemplate.create(this.#productLine, this.#disks);
  }

  /** Starts as many idle sandboxes as the name says; their time and memory are figures. */
  get cloneNames(): readonly string[] {
    return clones;
  }

  /** The sandbox that snapshots are made of, and its memory in MiB. */
  get snapshotName(): string {
    return snapshotName;
  }

  get snapshotMemory(): number {
    return snapshotMemory;
  }

  async startIdle(): Promise<Sandbox> {
    return (await this.openProject()).start('idle');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources[Symbol.asyncDispose]();
  }
}

/** The command line of a VM that boots: floors boot too. */
async function bootedLine(place: Place): Promise<readonly string[]> {
  const engine = createEngine({ templates: false });
  try {
    const project = await engine.openProject({ root: place.project });
    const sandbox = await project.start('idle');
    const line = await vmmLine(project);
    await sandbox.stop({ graceMs: 0 });
    return line;
  } finally {
    await engine.close();
  }
}

async function vmmLine(project: Project): Promise<readonly string[]> {
  const [status] = await project.status(['idle']);
  if (status?.vmmPid === undefined) throw new Error('the idle sandbox does not run');
  return commandLine(status.vmmPid);
}
