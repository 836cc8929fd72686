import { reviewStart } from '../../sandboxfile/index.ts';
import type { Problem, Project as ProjectModel, StartReview } from '../../sandboxfile/index.ts';
import type {
  CommitOptions,
  CommittedImage,
  Project,
  RunOptions,
  Sandbox,
  SandboxStatus,
  Snapshot,
  StartedProgram,
  StartOptions,
} from '../api.ts';
import { SandboxError } from '../errors/index.ts';
import type { EventHub } from '../events.ts';
import { makeProjectFolder, projectFolder, runFolder } from '../layout.ts';
import type { ProjectFolder } from '../layout.ts';
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
import { ProjectHistory } from '../state/project-history.ts';
import { Follower } from './follow.ts';
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
  readonly #options: OpenProjectOptions;
  readonly #folder: ProjectFolder;
  readonly #history: ProjectHistory;
  readonly #runs = new Runs();
  readonly #probe = new StatusProbe();
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
    this.#history = new ProjectHistory(this.#folder.stateDb, file.file, ({ code, message }) => {
      options.events.emit('', { kind: 'warning', code, message });
    });
  }

  start(name: string, options: StartOptions = {}): Promise<Sandbox> {
    return startSandbox(this.#startable(name), options);
  }

  find(name: string, options: { readonly signal?: AbortSignal } = {}): Promise<Sandbox | undefined> {
    return findRunning(this.#context(name), 'leave', options.signal);
  }

  run(name: string, options: RunOptions = {}): Promise<StartedProgram> {
    return runProgram(this.#startable(name), options);
  }

  async status(
    names?: readonly string[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly SandboxStatus[]> {
    const contexts = this.#contexts(names);
    // Without it the history warns, and the rest is as true as with it.
    await makeProjectFolder(this.#folder).catch(() => undefined);
    await this.#history.prepare();
    return this.#probe.status(contexts, options.signal);
  }

  async follow(): Promise<Disposable> {
    const follower = new Follower(this.#contexts(undefined));
    this.#followers.add(follower);
    await follower.begin(this.#options.installation.home.run);
    return {
      [Symbol.dispose]: () => {
        this.#followers.delete(follower);
        follower[Symbol.dispose]();
      },
    };
  }

  commit(name: string, reference: string, options: CommitOptions = {}): Promise<CommittedImage> {
    return commitSandbox(this.#startable(name), reference, options);
  }

  review(name: string): StartReview {
    return reviewStart(this.#context(name).definition);
  }

  async stop(names?: readonly string[], options: StopOptions = {}): Promise<void> {
    const stopping = this.#contexts(names).map((context) => stopSandbox(context, options));
    const failed = (await Promise.allSettled(stopping)).find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  pause(names?: readonly string[], options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#eachRunning(names, (machine) => machine.pause(options.signal));
  }

  resume(names?: readonly string[], options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#eachRunning(names, (machine) => machine.resume(options.signal));
  }

  createSnapshot(
    name: string,
    snapshot: string,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Snapshot> {
    return createSnapshot(this.#context(name), snapshot, options.signal);
  }

  async snapshots(name: string): Promise<readonly Snapshot[]> {
    return listSnapshots(this.#context(name));
  }

  async removeSnapshot(name: string, snapshot: string): Promise<void> {
    await removeSnapshot(this.#context(name), snapshot);
  }

  restoreSnapshot(
    name: string,
    snapshot: string,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Sandbox> {
    return restoreSnapshot(this.#context(name), snapshot, options.signal);
  }

  log(name: string, options: LogOptions = {}): AsyncIterable<Uint8Array> {
    const { name: known } = this.#context(name);
    return readLog(this.#folder.log(known), options);
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
      this.#contexts(names).map(async (context) => {
        const machine = await this.#runs.connect(context);
        if (machine !== undefined) await act(machine);
        else if (names !== undefined) throw new SandboxError('NOT_RUNNING', { subject: context.name });
      }),
    );
  }

  #contexts(names: readonly string[] | undefined): readonly SandboxContext[] {
    const known = this.model.sandboxes;
    const unknown = (names ?? []).filter((name) => !known.has(name));
    if (unknown.length > 0) {
      throw new SandboxError('SANDBOX_UNKNOWN', { subject: unknown.join(', '), context: this.file });
    }
    return (names ?? [...known.keys()]).map((name) => this.#context(name));
  }

  #startable(name: string): SandboxContext {
    const context = this.#context(name);
    const unknown = context.definition.dependsOn.find((dependency) => !this.model.sandboxes.has(dependency));
    if (unknown === undefined) return context;
    throw new SandboxError('DEPENDENCY_UNKNOWN', { subject: unknown, context: name });
  }

  #context(name: string): SandboxContext {
    const definition = this.model.sandboxes.get(name);
    if (definition === undefined) {
      throw new SandboxError('SANDBOX_UNKNOWN', { subject: name, context: this.file });
    }
    const { installation, events, ephemeral } = this.#options;
    return {
      name,
      file: this.file,
      definition,
      installation,
      folder: this.#folder,
      run: runFolder(installation.home, this.realRoot, this.file, name),
      history: this.#history,
      runs: this.#runs,
      ephemeral,
      emit: (event) => {
        events.emit(name, event);
      },
    };
  }
}
