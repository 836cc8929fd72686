import { groupVolumes, reviewedPaths, reviewStart } from '../../sandboxfile/index.ts';
import type {
  Mount,
  Problem,
  Project as ProjectModel,
  Sandbox as Definition,
  StartReview,
} from '../../sandboxfile/index.ts';
import type {
  BeginOptions,
  CommitOptions,
  CommittedImage,
  Fork,
  ForkOptions,
  Project,
  ProjectSecrets,
  RunOptions,
  Sandbox,
  SandboxStatus,
  ExportOptions,
  ImportOptions,
  RestoreLoss,
  RestoreOptions,
  Snapshot,
  SnapshotOptions,
  StartedProgram,
  StartOptions,
} from '../api.ts';
import { SandboxError } from '../errors/index.ts';
import type { EventHub } from '../events.ts';
import { discardFork } from '../forks/discard.ts';
import { forkSandbox } from '../forks/fork.ts';
import type { ForkPlace } from '../forks/fork.ts';
import { ForkStore } from '../forks/store.ts';
import { makeProjectFolder, networkFolder, projectFolder, runFolder, secretsFolder } from '../layout.ts';
import type { ProjectFolder } from '../layout.ts';
import { beginRun } from '../lifecycle/begin.ts';
import { commitSandbox } from '../lifecycle/commit.ts';
import type { Installation, SandboxContext } from '../lifecycle/context.ts';
import { findRunning } from '../lifecycle/find.ts';
import { runProgram } from '../lifecycle/run.ts';
import { Runs } from '../lifecycle/runs.ts';
import { startSandbox } from '../lifecycle/start.ts';
import { StatusProbe } from '../lifecycle/status.ts';
import { stopSandbox } from '../lifecycle/stop.ts';
import type { StopOptions } from '../lifecycle/stop.ts';
import { readLog } from '../log/log.ts';
import type { Machine } from '../machine/machine.ts';
import type { LogOptions } from '../log/log.ts';
import { createSnapshot, listSnapshots, removeSnapshot, restoreSnapshot } from '../snapshots/snapshots.ts';
import { GivenSecrets } from '../secrets/project-secrets.ts';
import { SecretStore } from '../secrets/store.ts';
import { exportSnapshot, importSnapshot } from '../snapshots/transfer.ts';
import { restoreLoss } from '../snapshots/loss.ts';
import { saveSandbox } from '../snapshots/saved.ts';
import { ProjectHistory } from '../state/project-history.ts';
import { Follower } from './follow.ts';
import { linksAmong } from './links.ts';
import { Members } from './members.ts';
import { orderOfStart } from './up.ts';
import type { ProjectFile } from './open.ts';

export interface OpenProjectOptions {
  readonly installation: Installation;
  readonly events: EventHub;
  /** The sandboxes' disks go with their runs. */
  readonly ephemeral: boolean;
  readonly onClose: (project: OpenProject) => Promise<void>;
}

/** A read Sandboxfile and what runs of it. */
export class OpenProject implements Project {
  readonly root: string;
  readonly file: string;
  readonly model: ProjectModel;
  readonly problems: readonly Problem[];
  readonly realRoot: string;
  readonly secrets: ProjectSecrets;
  readonly #options: OpenProjectOptions;
  readonly #folder: ProjectFolder;
  readonly #history: ProjectHistory;
  readonly #runs = new Runs();
  readonly #secrets: string;
  readonly #probe = new StatusProbe();
  readonly #forks: ForkStore;
  readonly #members: Members;
  readonly #followers = new Set<Follower>();
  #closed: Promise<void> | undefined;

  constructor(file: ProjectFile, options: OpenProjectOptions) {
    this.root = file.root;
    this.file = file.file;
    this.model = file.project;
    this.problems = file.problems;
    this.realRoot = file.realRoot;
    this.#options = options;
    this.#folder = projectFolder(file.root, file.file);
    this.#secrets = secretsFolder(options.installation.home, file.realRoot, file.file);
    this.secrets = new GivenSecrets(file.project, new SecretStore(this.#secrets));
    this.#history = new ProjectHistory(this.#folder.stateDb, file.file, ({ code, message }) => {
      options.events.emit('', { kind: 'warning', code, message });
    });
    this.#forks = new ForkStore(file.realRoot, this.#folder);
    this.#members = new Members(file.project, this.#forks, this.#folder.disks, (definition, forkOf) =>
      this.#context(definition, forkOf),
    );
  }

  async start(name: string, options: StartOptions = {}): Promise<Sandbox> {
    return startSandbox(await this.#startable(name), options);
  }

  async find(name: string, options: { readonly signal?: AbortSignal } = {}): Promise<Sandbox | undefined> {
    return findRunning(await this.#members.reachable(name), 'leave', options.signal);
  }

  async run(name: string, options: RunOptions = {}): Promise<StartedProgram> {
    return runProgram(await this.#startable(name), options);
  }

  async begin(name: string, options: BeginOptions): Promise<boolean> {
    return beginRun(await this.#startable(name), options);
  }

  async status(
    names?: readonly string[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly SandboxStatus[]> {
    const contexts = await this.#members.allReachable(names);
    // Without it the history warns, and the rest is as true as with it.
    await makeProjectFolder(this.#folder).catch(() => undefined);
    await this.#history.prepare();
    return this.#probe.status(contexts, options.signal);
  }

  async follow(): Promise<Disposable> {
    const follower = new Follower(() => this.#members.followed());
    this.#followers.add(follower);
    await follower.begin(this.#options.installation.home.run);
    return {
      [Symbol.dispose]: () => {
        this.#followers.delete(follower);
        follower[Symbol.dispose]();
      },
    };
  }

  async commit(name: string, reference: string, options: CommitOptions = {}): Promise<CommittedImage> {
    return commitSandbox(await this.#startable(name), reference, options);
  }

  async review(name: string): Promise<StartReview> {
    const { definition } = await this.#members.one(name);
    return reviewStart(definition, await linksAmong(reviewedPaths(definition), this));
  }

  async stop(names?: readonly string[], options: StopOptions = {}): Promise<void> {
    await settleAll(
      (await this.#members.allReachable(names)).map((context) => stopSandbox(context, options)),
    );
  }

  pause(names?: readonly string[], options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#eachRunning(names, (machine) => machine.pause(options.signal));
  }

  resume(names?: readonly string[], options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#eachRunning(names, (machine) => machine.resume(options.signal));
  }

  async createSnapshot(name: string, snapshot: string, options: SnapshotOptions = {}): Promise<Snapshot> {
    return createSnapshot(await this.#members.one(name), snapshot, options);
  }

  async snapshots(name: string): Promise<readonly Snapshot[]> {
    return listSnapshots(await this.#members.one(name));
  }

  async removeSnapshot(name: string, snapshot: string): Promise<void> {
    await removeSnapshot(await this.#members.one(name), snapshot);
  }

  async exportSnapshot(
    name: string,
    snapshot: string,
    path: string,
    options: ExportOptions = {},
  ): Promise<void> {
    await exportSnapshot(await this.#members.one(name), snapshot, path, options);
  }

  async importSnapshot(
    name: string,
    snapshot: string,
    path: string,
    options: ImportOptions = {},
  ): Promise<Snapshot> {
    return importSnapshot(await this.#members.one(name), snapshot, path, options);
  }

  async restoreSnapshot(name: string, snapshot: string, options: RestoreOptions = {}): Promise<Sandbox> {
    return restoreSnapshot(await this.#members.one(name), snapshot, options);
  }

  async restoreLoss(
    name: string,
    snapshot: string,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<RestoreLoss> {
    return restoreLoss(await this.#members.one(name), snapshot, options.signal);
  }

  async save(names?: readonly string[], options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const contexts = await this.#members.some(names);
    await settleAll(contexts.map((context) => saveSandbox(context, options.signal)));
  }

  async up(
    names?: readonly string[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly Sandbox[]> {
    const contexts = await orderOfStart(this.model, this.#members, names);
    const sandboxes: Sandbox[] = [];
    for (const context of contexts) sandboxes.push(await startSandbox(context, options));
    return sandboxes;
  }

  async fork(name: string, options: ForkOptions = {}): Promise<readonly Sandbox[]> {
    const { installation } = this.#options;
    const place: ForkPlace = {
      root: this.realRoot,
      store: this.#forks,
      defines: (other) => this.model.sandboxes.has(other),
      context: (definition, forkOf) => this.#context(definition, forkOf),
      discard: (fork) => discardFork(installation, this.realRoot, fork),
    };
    return forkSandbox(place, await this.#members.one(name), options);
  }

  forks(): Promise<readonly Fork[]> {
    return this.#members.forks();
  }

  async *log(
    name: string,
    { of = 'output', ...options }: LogOptions & { readonly of?: 'output' | 'denials' } = {},
  ): AsyncGenerator<Uint8Array> {
    const { name: known } = await this.#members.reachable(name);
    const path = of === 'denials' ? this.#folder.denials(known) : this.#folder.log(known);
    yield* readLog(path, options);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#options.onClose(this);
    for (const follower of this.#followers) follower[Symbol.dispose]();
    this.#runs.close();
    await this.#history.close();
  }

  /** Without names all that run. */
  async #eachRunning(
    names: readonly string[] | undefined,
    act: (machine: Machine) => Promise<unknown>,
  ): Promise<void> {
    await Promise.all(
      (await this.#members.allReachable(names)).map(async (context) => {
        const machine = await this.#runs.connect(context);
        if (machine !== undefined) await act(machine);
        else if (names !== undefined) throw new SandboxError('NOT_RUNNING', { subject: context.name });
      }),
    );
  }

  async #startable(name: string): Promise<SandboxContext> {
    const context = await this.#members.one(name);
    const unknown = context.definition.dependsOn.find((dependency) => !this.model.sandboxes.has(dependency));
    if (unknown === undefined) return context;
    throw new SandboxError('DEPENDENCY_UNKNOWN', { subject: unknown, context: name });
  }

  #groupMounts(definition: Definition): readonly Mount[] {
    return groupVolumes(definition, this.model.groups).map(({ group, name, guest }) => ({
      host: this.#folder.groupVolume(group, name),
      guest,
      readOnly: false,
    }));
  }

  #context(definition: Definition, forkOf?: string): SandboxContext {
    const { name } = definition;
    const { installation, events, ephemeral } = this.#options;
    return {
      name,
      file: this.file,
      definition,
      groupMounts: this.#groupMounts(definition),
      installation,
      folder: this.#folder,
      run: runFolder(installation.home, this.realRoot, this.file, name),
      network: networkFolder(installation.home, this.realRoot, this.file),
      secrets: this.#secrets,
      history: this.#history,
      runs: this.#runs,
      forkOf,
      ephemeral,
      emit: (event) => {
        events.emit(name, event);
      },
    };
  }
}

/** All come to their end; then the first failure is told. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
