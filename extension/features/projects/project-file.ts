// One Sandboxfile of the workspace: what it says, what of it runs, and the engine that does it.

import path from 'node:path';
import { EventEmitter, Uri, workspace } from 'vscode';
import type { Disposable, Event } from 'vscode';
import type {
  Engine,
  EngineEvent,
  Project,
  PublishedPort,
  SandboxStatus,
} from '../../../server/engine/api.ts';
import { engineEnvironment } from '../../host/settings.ts';
import { StartClock } from './start-clock.ts';
import type { StepTime } from './start-clock.ts';
import type { StartReport } from '../starts/reports.ts';
import {
  afterFailure,
  afterImage,
  isBeforeSupervisor,
  isUp,
  next,
  recalled,
  runs,
  SAVED,
  STOPPED,
} from './live-state.ts';
import type { LiveState } from './live-state.ts';

const NO_PORTS: readonly PublishedPort[] = [];

export class ProjectFile implements Disposable {
  readonly uri: Uri;
  readonly root: string;
  readonly file: string;
  readonly #openEngine: () => Promise<Engine>;
  readonly #clocks = new Map<string, StartClock>();
  readonly #states = new Map<string, LiveState>();
  readonly #ports = new Map<string, readonly PublishedPort[]>();
  readonly #changed = new EventEmitter<void>();
  readonly #happened = new EventEmitter<EngineEvent>();
  #engine: Promise<Engine> | undefined;
  #engineSettings = '';
  #project: Project | undefined;
  #left: readonly string[] = [];
  #failure: Error | undefined;
  #loading: Promise<void> | undefined;
  #disposed = false;

  constructor(uri: Uri, openEngine: () => Promise<Engine>) {
    this.uri = uri;
    this.root = path.dirname(uri.fsPath);
    this.file = path.basename(uri.fsPath);
    this.#openEngine = openEngine;
  }

  /** What the file says, or a state. */
  get onDidChange(): Event<void> {
    return this.#changed.event;
  }

  get onEvent(): Event<EngineEvent> {
    return this.#happened.event;
  }

  /** As it was last read without errors, so that what runs can be reached while the file is broken. */
  get project(): Project | undefined {
    return this.#project;
  }

  /** Why the file as it is now cannot be used. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Told apart from others of the workspace. */
  get label(): string {
    return workspace.asRelativePath(this.uri, true);
  }

  /** What of it runs, so that it has to stay within reach. */
  get namesUp(): readonly string[] {
    return this.names.filter((name) => isUp(this.state(name)));
  }

  /** What the file names, and what else of it runs: forks. */
  get names(): readonly string[] {
    const named = this.sandboxNames;
    const others = [...this.#states].filter(([name, state]) => isUp(state) && !named.includes(name));
    return [...named, ...others.map(([name]) => name)];
  }

  /** What runs on although the file names neither it nor what it is a copy of any more. */
  get left(): readonly string[] {
    return this.#left.filter((name) => isUp(this.state(name)));
  }

  /** And what else of it was heard of, which may have ended. */
  get known(): readonly string[] {
    return [...new Set([...this.sandboxNames, ...this.#states.keys()])];
  }

  /** The file is gone; what was started of it may run on. */
  get isDeleted(): boolean {
    return this.#failure !== undefined && 'code' in this.#failure && this.#failure.code === 'FILE_NOT_FOUND';
  }

  get sandboxNames(): readonly string[] {
    return [...(this.#project?.model.sandboxes.keys() ?? [])];
  }

  state(sandbox: string): LiveState {
    return this.#states.get(sandbox) ?? STOPPED;
  }

  /** What it has published now; the file's ports may be taken by others. The same object until that changes. */
  ports(sandbox: string): readonly PublishedPort[] {
    return this.#ports.get(sandbox) ?? NO_PORTS;
  }

  /** How long each step of the last start took, as far as it was seen. */
  startTimes(sandbox: string): readonly StepTime[] {
    return this.#clocks.get(sandbox)?.times ?? [];
  }

  /** Shows at once what the user asked for; what is heard of the sandbox later replaces it. */
  expectStart(sandbox: string): void {
    if (isUp(this.state(sandbox))) return;
    this.#enter(sandbox, { kind: 'starting', step: 'requested' });
  }

  /** Resolves when it was heard that a run that was stopped has ended. */
  async hasEnded(sandbox: string): Promise<void> {
    const isThere = (): boolean => {
      const state = this.state(sandbox);
      return runs(state) || state.kind === 'stopping';
    };
    if (!isThere()) return;
    await new Promise<void>((resolve) => {
      const listening = this.onDidChange(() => {
        if (isThere()) return;
        listening.dispose();
        resolve();
      });
    });
  }

  /** What a terminal tells of a start, while nothing that runs tells more. */
  report(sandbox: string, report: StartReport): void {
    const state = this.state(sandbox);
    if (!isBeforeSupervisor(state)) return;
    this.#enter(sandbox, report.kind === 'image' ? afterImage(state, report) : afterFailure(state, report));
  }

  /** Nothing came of an expected start. */
  giveUpStart(sandbox: string): void {
    const state = this.state(sandbox);
    if (state.kind === 'starting' && isBeforeSupervisor(state)) this.#enter(sandbox, STOPPED);
  }

  /** The one that everything of this file is done with. */
  engine(): Promise<Engine> {
    this.#engine ??= this.#startEngine();
    return this.#engine;
  }

  /** The settings that count for engines are still those that this one was made with. */
  get isEngineAsSet(): boolean {
    return this.#engineSettings === engineSettings();
  }

  /** The project as the file says now. Throws what is wrong with it. */
  async opened(): Promise<Project> {
    await (this.#loading ?? this.load());
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#project === undefined) throw new Error(`${this.file} is not open`);
    return this.#project;
  }

  /** Reads the file again. Never rejects; `failure` says what went wrong. */
  load(): Promise<void> {
    const before = this.#loading ?? Promise.resolve();
    const loading = before.then(() => this.#load());
    this.#loading = loading;
    return loading;
  }

  dispose(): void {
    this.#disposed = true;
    this.#changed.dispose();
    this.#happened.dispose();
    void this.#engine?.then((engine) => engine.close()).catch(() => undefined);
  }

  async #load(): Promise<void> {
    if (this.#disposed) return;
    try {
      const engine = await this.engine();
      const project = await engine.openProject({ root: this.root, file: this.file });
      await project.follow();
      await this.#project?.close();
      const isFirst = this.#project === undefined;
      this.#project = project;
      this.#failure = undefined;
      if (isFirst) void this.#recall(project).catch(() => undefined);
      else if (this.names.length > this.sandboxNames.length) {
        this.#left = leftIn(project, await project.status().catch(() => []));
      }
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
    this.#changed.fire();
  }

  /** How what ran before this window ended, and what of it waits to go on. */
  async #recall(project: Project): Promise<void> {
    // Looking is not to make the folder of a project that has run nothing.
    await workspace.fs.stat(Uri.joinPath(this.uri, '../menv'));
    const statuses = await project.status();
    this.#left = leftIn(project, statuses);
    if (this.#left.length > 0) this.#changed.fire();
    for (const { name, state, lastExit, savedAt } of statuses) {
      if (state !== 'stopped' || this.#states.has(name)) continue;
      if (savedAt !== undefined) this.#enter(name, SAVED);
      else if (lastExit !== undefined) this.#enter(name, recalled(lastExit));
    }
  }

  async #startEngine(): Promise<Engine> {
    this.#engineSettings = engineSettings();
    const engine = await this.#openEngine();
    engine.onEvent((event) => {
      if (event.sandbox !== '') {
        this.#clock(event);
        if (event.kind === 'ports') this.#publish(event.sandbox, event.ports);
        this.#enter(event.sandbox, next(this.state(event.sandbox), event));
      }
      this.#happened.fire(event);
    });
    return engine;
  }

  #clock({ sandbox, at, ...event }: EngineEvent): void {
    if (event.kind !== 'phase') return;
    const clock = this.#clocks.get(sandbox) ?? new StartClock();
    this.#clocks.set(sandbox, clock);
    clock.enter(event.phase, at);
  }

  #enter(sandbox: string, state: LiveState): void {
    if (this.#states.get(sandbox) === state) return;
    this.#states.set(sandbox, state);
    if (!isUp(state)) this.#ports.delete(sandbox);
    this.#changed.fire();
  }

  #publish(sandbox: string, ports: readonly PublishedPort[]): void {
    this.#ports.set(sandbox, ports);
    this.#changed.fire();
  }
}

function leftIn({ model }: Project, statuses: readonly SandboxStatus[]): readonly string[] {
  const isOfFile = ({ name, forkOf = '' }: SandboxStatus): boolean =>
    model.sandboxes.has(name) || model.sandboxes.has(forkOf);
  return statuses.filter((status) => !isOfFile(status)).map(({ name }) => name);
}

function engineSettings(): string {
  return JSON.stringify(engineEnvironment());
}
