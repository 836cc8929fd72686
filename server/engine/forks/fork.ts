import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { formatPort } from '../../sandboxfile/index.ts';
import type { Sandbox as Definition } from '../../sandboxfile/index.ts';
import type { ForkOptions } from '../api.ts';
import { SandboxError } from '../errors/index.ts';
import type { SandboxContext } from '../lifecycle/context.ts';
import type { RunningSandbox } from '../lifecycle/running-sandbox.ts';
import type { SnapshotInfoJson } from '../machine/gen/menv/machine/v1/machine_pb.js';
import { goOnFrom } from '../snapshots/go-on.ts';
import { snapshotFolder, snapshotInfo } from '../snapshots/kept.ts';
import { chooseNames, MAX_COUNT } from './names.ts';
import { freePorts } from './ports.ts';
import { decodeFork, encodeFork } from './record.ts';
import { MAX_FORKS } from './store.ts';
import type { ForkStore } from './store.ts';

/** What a fork is made in. */
export interface ForkPlace {
  readonly root: string;
  readonly store: ForkStore;
  /** The Sandboxfile defines one of this name. */
  readonly defines: (name: string) => boolean;
  readonly context: (definition: Definition, forkOf: string) => SandboxContext;
  /** Ends a fork and deletes all of it. */
  readonly discard: (context: SandboxContext) => Promise<void>;
}

/**
 * Running copies of a sandbox as it runs, or of one of its snapshots; all of them, or none when one
 * fails. Resolves when their programs run.
 */
export async function forkSandbox(
  place: ForkPlace,
  parent: SandboxContext,
  options: ForkOptions,
): Promise<readonly RunningSandbox[]> {
  const { count = 1, name, snapshot, signal } = options;
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) {
    throw new SandboxError('FORK_COUNT', { subject: String(count), context: String(MAX_COUNT) });
  }
  using _lock = await place.store.lock(signal);
  await sweep(place);
  if ((await place.store.recorded()).length + count > MAX_FORKS) {
    throw new SandboxError('FORK_LIMIT', { subject: String(MAX_FORKS) });
  }
  const isTaken = async (each: string): Promise<boolean> =>
    place.defines(each) || (await place.store.isTaken(each));
  const names = await chooseNames({ parent: parent.name, count, name, isTaken });
  await using source =
    snapshot === undefined ? await seed(place, parent, count, signal) : await kept(parent, snapshot);
  const contexts = await record(place, parent, names, snapshot);
  return await startAll(place, parent, contexts, source, signal);
}

/** Removes what calls that were killed left of forks that never came to be. The lock is held. */
async function sweep(place: ForkPlace): Promise<void> {
  await place.store.sweepSeeds();
  for (const { definition, parent } of await place.store.unfinished()) {
    // One that comes up just now cannot be removed yet, and is there then.
    await place.discard(place.context(definition, parent)).catch(() => undefined);
  }
}

/** What the forks go on from. */
interface Source extends AsyncDisposable {
  readonly folder: string;
  readonly info: SnapshotInfoJson;
}

/** The parent as it is now: one copy of its memory for all of them, gone when they have it open. */
async function seed(
  { store }: ForkPlace,
  parent: SandboxContext,
  total: number,
  signal: AbortSignal | undefined,
): Promise<Source> {
  const machine = await parent.runs.connect(parent);
  if (machine === undefined) throw new SandboxError('FORK_STOPPED', { subject: parent.name });
  parent.emit({ kind: 'fork', stage: 'saving', done: 0, total });
  const folder = store.seed(randomUUID().slice(0, 13));
  const info = await machine.snapshot({ folder, transient: true }, signal);
  return { folder, info, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function kept(parent: SandboxContext, snapshot: string): Promise<Source> {
  const info = await snapshotInfo(parent, snapshot);
  const folder = snapshotFolder(parent, snapshot);
  return { folder, info, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** From here on everybody knows of them, should this process be killed. */
async function record(
  { root, store, context }: ForkPlace,
  parent: SandboxContext,
  names: readonly string[],
  snapshot: string | undefined,
): Promise<readonly SandboxContext[]> {
  const at = new Date();
  const ports = await freePorts(parent.definition.ports, names.length);
  const records = new Map(
    names.map((name, index) => {
      const fork = { name, parent: parent.name, at, ...(snapshot === undefined ? {} : { snapshot }) };
      const restated = { name, ports: ports[index] ?? [] };
      return [name, encodeFork(root, fork, parent.definition, restated)];
    }),
  );
  const forks = [...records].map(([name, text]) => {
    const fork = decodeFork(root, name, text);
    if (fork === undefined) throw new SandboxError('FORK_NAME', { subject: name });
    return context(fork.definition, parent.name);
  });
  await store.put(records);
  return forks;
}

/** As many at a time as there are processors: each of them is busy with coming up. */
async function startAll(
  place: ForkPlace,
  parent: SandboxContext,
  contexts: readonly SandboxContext[],
  { folder, info }: Source,
  signal: AbortSignal | undefined,
): Promise<readonly RunningSandbox[]> {
  const total = contexts.length;
  const started: RunningSandbox[] = [];
  const failed = new AbortController();
  const stop = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const waiting = contexts.values();
  const worker = async (): Promise<void> => {
    for (const context of waiting) {
      stop.throwIfAborted();
      const sandbox = await goOnFrom(context, { folder, info }, stop);
      await sandbox.settled(stop);
      started.push(sandbox);
      await tellPorts(context, sandbox, stop);
      parent.emit({ kind: 'fork', stage: 'starting', done: started.length, total });
    }
  };
  parent.emit({ kind: 'fork', stage: 'starting', done: 0, total });
  const workers = Array.from({ length: Math.min(total, availableParallelism()) }, () =>
    worker().catch((error: unknown) => {
      failed.abort(error);
    }),
  );
  await Promise.all(workers);
  if (stop.aborted) {
    await Promise.all(contexts.map((context) => discard(place, context)));
    throw stop.reason;
  }
  parent.emit({ kind: 'fork', stage: 'ready', done: total, total });
  const order = new Map(contexts.map(({ name }, index) => [name, index]));
  return started.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
}

/** What cannot be deleted is said, and is there for `msb remove`. */
async function discard(place: ForkPlace, context: SandboxContext): Promise<void> {
  try {
    await place.discard(context);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const message = `fork '${context.name}' is left: ${cause}`;
    context.emit({ kind: 'warning', code: 'FORK_LEFT', message });
  }
}

/** A port of the host is one sandbox's: nobody can guess a fork's. */
async function tellPorts(
  { name, definition, emit }: SandboxContext,
  { ports }: RunningSandbox,
  signal: AbortSignal,
): Promise<void> {
  if (definition.ports.length === 0) return;
  for (const port of await ports.list(signal)) {
    const message = `port ${String(port.guest)} of sandbox '${name}' is at port ${String(port.host)} here: ${formatPort(port)}`;
    emit({ kind: 'warning', code: 'FORK_PORT', message });
  }
}
