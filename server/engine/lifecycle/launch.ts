import { dirname } from 'node:path';
import { fromErrno, SandboxError } from '../errors/index.ts';
import { makeProjectFolder, makeRunFolder, takeBackFolders } from '../layout.ts';
import { loadClient } from '../machine/connect.ts';
import type { MachineSpecJson } from '../machine/gen/menv/machine/v1/machine_pb.js';
import { startFromPool } from '../machine/pool.ts';
import { startSupervisor } from '../machine/supervisor.ts';
import { NewFolders } from '../new-folders.ts';
import type { SandboxContext } from './context.ts';
import { endedRun } from './ended-run.ts';
import type { EndedRun } from './ended-run.ts';
import { makeGroupFolders } from './group-folders.ts';
import type { LaunchRecord } from './launch-record.ts';
import type { RunningSandbox } from './running-sandbox.ts';

export interface Planned {
  readonly spec: MachineSpecJson;
  readonly record: LaunchRecord;
}

/** Starts a supervisor on its own and connects to it; `previous` is the last run, if it ended unseen. */
export async function launchPlanned(
  context: SandboxContext,
  planned: Planned,
  previous: EndedRun | undefined,
  signal?: AbortSignal,
): Promise<RunningSandbox> {
  await beginPlanned(context, planned, signal);
  const sandbox = await connect(context, planned);
  // Off the way to the first output.
  void recordPrevious(context, previous);
  return sandbox;
}

/** Resolves when a supervisor of its own listens. */
export async function beginPlanned(
  context: SandboxContext,
  planned: Planned,
  signal?: AbortSignal,
): Promise<void> {
  const folders = new NewFolders();
  try {
    await makeFolders(context, folders);
    await startPlanned(context, planned, signal);
  } catch (error) {
    await takeBackFolders(context.folder, folders);
    throw error;
  }
}

/** The last run's end, if nobody saw it, and this run's database. */
export async function recordPrevious(
  { history, name }: SandboxContext,
  previous: EndedRun | undefined,
): Promise<void> {
  await (previous === undefined ? history.prepare() : history.record(name, previous.record));
}

/** With a guest of the pool, when there is one that fits. */
async function startPlanned(
  context: SandboxContext,
  planned: Planned,
  signal?: AbortSignal,
): Promise<number> {
  const { assets, home } = context.installation;
  const { name: sandbox } = context;
  const { spec } = planned;
  const { menv } = assets;
  const fresh = spec.noTemplate !== true && (spec.snapshot ?? '') === '';
  const pooled = fresh
    ? await startFromPool({ menv, socket: home.poolSocket, spec, sandbox, onSent: loadAhead, signal })
    : undefined;
  return pooled ?? startSupervisor({ menv, home: home.root, spec, sandbox, onSent: loadAhead, signal });
}

/** While the guest comes up; not before, since loading lets nothing else happen here. */
function loadAhead(): void {
  // The connection loads it too, and says what went wrong.
  loadClient().catch(() => undefined);
}

async function connect(context: SandboxContext, planned: Planned): Promise<RunningSandbox> {
  const machine = await context.runs.connect(context);
  if (machine === undefined) {
    const run = await endedRun(context.run, context.name);
    throw run?.ending.error ?? new SandboxError('SUPERVISOR_LOST', { subject: context.name });
  }
  const sandbox = await context.runs.adopt(context, machine, planned.record);
  sandbox.watch();
  if ((planned.spec.ports ?? []).length > 0) await sandbox.tellMovedPorts();
  return sandbox;
}

/** One after the other: who takes them back has to know of all. */
async function makeFolders(context: SandboxContext, folders: NewFolders): Promise<void> {
  await makeProjectFolder(context.folder, folders);
  await makeRunFolder(context.run, folders);
  for (const file of [context.folder.disk(context.name), context.folder.log(context.name)]) {
    try {
      await folders.make(dirname(file));
    } catch (error) {
      throw fromErrno(error, dirname(file), 'PROJECT_UNREADABLE');
    }
  }
  await makeGroupFolders(context, folders);
}
