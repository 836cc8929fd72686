import { dirname, join } from 'node:path';
import { planSandbox } from '../../sandboxfile/index.ts';
import type { EnvEntry, Mount, SandboxPlan, SelectedProgram } from '../../sandboxfile/index.ts';
import type { WindowSize } from '../api.ts';
import { SandboxError } from '../errors/index.ts';
import type { ResolvedImage } from '../machine/image-answers.ts';
import type { PlacedFileJson, ProcessSpecJson } from '../machine/gen/menv/agent/v1/agent_pb.js';
import type {
  MachineSpecJson,
  SnapshotInfoJson,
  VolumeJson,
} from '../machine/gen/menv/machine/v1/machine_pb.js';
import { portToWire } from '../machine/ports.ts';
import { vmmSpec } from '../machine/vmm.ts';
import type { Installation, SandboxContext } from './context.ts';
import { encodeRecord, runnable } from './launch-record.ts';
import type { LaunchRecord } from './launch-record.ts';
import { networkMember } from './network-member.ts';

/** Id under which every client finds the main program. */
export const MAIN_ID = 'main';

export interface MainProgram {
  readonly selected: SelectedProgram;
  readonly tty?: WindowSize;
  readonly stdin: 'stream' | 'none';
  /** This engine attaches to it, and is to get every byte of its output. */
  readonly attach: boolean;
  readonly key?: string | undefined;
}

export interface LaunchPlan {
  readonly spec: MachineSpecJson;
  readonly record: LaunchRecord;
  readonly plan: SandboxPlan;
}

/** All that the supervisor needs to know, from the definition, the image and what was selected. */
export function planLaunch(
  context: SandboxContext,
  image: ResolvedImage,
  envFile: readonly EnvEntry[],
  placeholders: ReadonlyMap<string, string>,
  main: MainProgram | undefined,
): LaunchPlan {
  const plan = planSandbox(context.definition, { image: image.config, envFile, placeholders });
  const record: LaunchRecord = {
    ...runnable(context.definition),
    env: plan.env,
    workdir: plan.workdir,
    image: { entrypoint: image.config.entrypoint, cmd: image.config.cmd },
    imageDigest: image.digest,
    ...(main === undefined ? {} : { main: main.selected }),
    ...(main?.key === undefined ? {} : { key: main.key }),
  };
  const { templates, idlePauseMs } = context.installation;
  const network = networkMember(context, plan);
  const spec = {
    ...planGuest(context.installation, plan),
    sandbox: `${context.file}/${context.name}`,
    project: dirname(context.folder.root),
    runFolder: context.run.root,
    rootDisk: image.rootDisk,
    disk: context.folder.disk(context.name),
    logFile: context.folder.log(context.name),
    ephemeral: context.ephemeral,
    noTemplate: !templates,
    idlePauseMs: String(idlePauseMs()),
    guest: {
      hostname: hostname(context.name),
      machineId: machineId(context.run.root),
      files: scriptFiles(plan),
    },
    volumes: mountsOf(context, plan).map(volumeToWire),
    launch: encodeRecord(record),
    ports: plan.ports.map(portToWire),
    ...(network === undefined ? {} : { network }),
    ...(main === undefined ? {} : { main: mainSpec(plan, main), awaitClient: main.attach }),
  };
  return { spec, record, plan };
}

/** What the guest of a sandbox is made of, whatever will run in it. */
export function planGuest(
  { assets, vmm }: Installation,
  { cpus, memoryMib, scope, vmm: file }: Pick<SandboxPlan, 'cpus' | 'memoryMib' | 'scope' | 'vmm'>,
): MachineSpecJson {
  const { kernel, agentDisk, emptyDisk } = assets;
  const guest = { vmm: vmmSpec(vmm, file, assets), cpus, memoryMib, kernel, agentDisk, emptyDisk };
  return scope === 'none' ? guest : { ...guest, network: {} };
}

/** A guest that goes on from a snapshot is what that was, in this sandbox's place. */
export function planRestore(
  context: SandboxContext,
  snapshot: string,
  info: SnapshotInfoJson,
  record: LaunchRecord,
  diskOnly = false,
): MachineSpecJson {
  const { assets, vmm, templates, idlePauseMs } = context.installation;
  const startsAnew = diskOnly || (info.diskOnly ?? false);
  const plan = planSandbox(context.definition);
  const network = networkMember(context, plan);
  return {
    sandbox: `${context.file}/${context.name}`,
    project: dirname(context.folder.root),
    runFolder: context.run.root,
    vmm: vmmSpec(vmm, plan.vmm, assets),
    cpus: info.cpus ?? 0,
    memoryMib: info.memoryMib ?? 0,
    kernel: assets.kernel,
    agentDisk: assets.agentDisk,
    emptyDisk: assets.emptyDisk,
    rootDisk: info.rootDisk ?? '',
    disk: context.folder.disk(context.name),
    logFile: context.folder.log(context.name),
    ephemeral: context.ephemeral,
    noTemplate: !templates,
    idlePauseMs: String(idlePauseMs()),
    guest: {
      hostname: hostname(context.name),
      machineId: machineId(context.run.root),
      files: startsAnew ? scriptFiles(plan) : filesOfGuest(plan, info),
    },
    volumes: startsAnew ? mountsOf(context, plan).map(volumeToWire) : volumesOfGuest(context, info),
    launch: encodeRecord(record),
    ports: context.definition.ports.map(portToWire),
    snapshot,
    snapshotDiskOnly: startsAnew,
    ...(network === undefined ? {} : { network }),
    ...(info.main === undefined ? {} : { main: info.main }),
  };
}

function mountsOf({ groupMounts }: SandboxContext, { mounts }: SandboxPlan): readonly Mount[] {
  return [...mounts, ...groupMounts];
}

function volumeToWire({ host, guest, readOnly, options }: Mount): VolumeJson {
  if (options === undefined) return { host, guest, readOnly };
  const { hide, private: own, quotaBytes } = options;
  const quota = quotaBytes === undefined ? {} : { quota: String(quotaBytes) };
  return { host, guest, readOnly, hide: [...hide], private: [...own], ...quota };
}

/**
 * The guest goes on with the volumes that it had, in their order, as long as the file lists them: a
 * snapshot may come from elsewhere, and does not say what of this host is shared.
 */
function volumesOfGuest(context: SandboxContext, info: SnapshotInfoJson): VolumeJson[] {
  const mounts = mountsOf(context, planSandbox(context.definition));
  return (info.volumes ?? []).map((volume) => {
    const listed = mounts.find((mount) => isSame(mount, volume));
    if (listed !== undefined) return volumeToWire(listed);
    throw new SandboxError('SNAPSHOT_VOLUMES', { subject: `${volume.host ?? ''}:${volume.guest ?? ''}` });
  });
}

/** The guest has its own folders mounted; what is hidden and the quota are as the file says now. */
function isSame({ host, guest, readOnly, options }: Mount, volume: VolumeJson): boolean {
  const own = JSON.stringify(options?.private ?? []) === JSON.stringify(volume.private ?? []);
  return own && host === volume.host && guest === volume.guest && readOnly === (volume.readOnly ?? false);
}

const SCRIPT_MODE = 0o750;
const MAX_HOSTNAME = 63;

function mainSpec(plan: SandboxPlan, main: MainProgram): ProcessSpecJson {
  return {
    id: MAIN_ID,
    program: main.selected.program,
    args: [...main.selected.args],
    env: [...plan.env],
    cwd: plan.workdir,
    onDetach: 'ON_DETACH_KEEP',
    stdin: main.stdin === 'stream' ? 'STDIN_STREAM' : 'STDIN_NONE',
    log: true,
    ...(main.tty === undefined ? {} : { tty: main.tty }),
  };
}

function scriptFiles(plan: SandboxPlan): PlacedFileJson[] {
  return plan.scripts.map(({ name, content }) => ({
    path: join('scripts', name),
    mode: SCRIPT_MODE,
    content: Buffer.from(content, 'utf8').toString('base64'),
  }));
}

/** The scripts of now, and what else the guest has. */
function filesOfGuest(plan: SandboxPlan, { files = [] }: SnapshotInfoJson): PlacedFileJson[] {
  return [...new Map([...files, ...scriptFiles(plan)].map((file) => [file.path, file])).values()];
}

/** Sandbox names may hold what a host name may not. */
function hostname(name: string): string {
  const allowed = name.replaceAll(/[^A-Za-z0-9-]+/g, '-').replaceAll(/^-+|-+$/g, '');
  return allowed.slice(0, MAX_HOSTNAME) || 'sandbox';
}

/** The same for each run of a sandbox, as a machine's is; the run folder's name is a hash of what it is. */
function machineId(runFolder: string): string {
  return runFolder.slice(-16).repeat(2);
}
