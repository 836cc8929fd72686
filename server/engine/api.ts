// The engine as its front ends (cli, api, extension) see it. Nothing here knows VS Code, a
// terminal or a wire format. Every call takes an AbortSignal; an aborted call rejects with the
// signal's reason and leaves what it had started in a state that the next call understands.

import type { NetworkCounts } from './network-api.ts';
import type { GuestConnection, PublishedPort, SandboxPorts } from './port-api.ts';
import type {
  ExportOptions,
  ImportOptions,
  PauseEvent,
  RestoreLoss,
  RestoreOptions,
  Snapshot,
  SnapshotEvent,
  SnapshotOptions,
} from './snapshot-api.ts';
import type { ProjectSecrets } from './secret-api.ts';
import type { GuestStats } from './stats-api.ts';
import type { VolumeGrowth } from './volume-api.ts';
import type {
  Definition,
  Problem,
  Project as ProjectModel,
  Section,
  StartReview,
} from '../sandboxfile/index.ts';
import type { Diagnosis, DoctorOptions } from './doctor-api.ts';
import type { BeginOptions, RunOptions, Selection, WindowSize } from './run-api.ts';
import type { SandboxFiles } from './files-api.ts';
import type { Fork, ForkEvent, ForkOptions } from './fork-api.ts';
import type { CommitOptions, CommittedImage, ImageEvent, Images } from './image-api.ts';

export type { Definition, Problem, Section, StartReview };
export type * from './run-api.ts';
export type * from './doctor-api.ts';
export type * from './files-api.ts';
export type * from './fork-api.ts';
export type * from './image-api.ts';
export type * from './snapshot-api.ts';
export type * from './stats-api.ts';
export type * from './port-api.ts';
export type * from './network-api.ts';
export type * from './secret-api.ts';
export type * from './volume-api.ts';

/** How a program ended. `code` is 128 + `signal` when it was killed. */
export interface ExitStatus {
  readonly code: number;
  /** Linux signal number; 0 when the program ended by itself. */
  readonly signal: number;
  readonly outOfMemory: boolean;
}

export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

/** A program in a sandbox with one client attached: the holder of this object. */
export interface Program {
  readonly id: string;
  /**
   * Output in order of arrival, to be read once. Reading drives flow control: while nobody reads,
   * the program blocks on its full pipe and memory use stays bounded.
   */
  readonly output: AsyncIterable<OutputChunk>;
  /** Settles after the last output chunk was read. Rejects when the sandbox ends first. */
  readonly exit: Promise<ExitStatus>;
  /** Resolves when the bytes were taken over by the link; await it for back-pressure. */
  write(data: Uint8Array): Promise<void>;
  /** Closes the program's stdin. */
  end(): Promise<void>;
  resize(size: WindowSize): Promise<void>;
  /** `signal`: Linux number. Goes to the program's process group. */
  kill(signal: number): Promise<void>;
  /** Detaches; what happens to the program is its `onDetach`. Idempotent. */
  detach(): void;
}

export interface ProgramOptions {
  readonly args?: readonly string[];
  /** KEY=VALUE, on top of the sandbox's environment. */
  readonly env?: readonly string[];
  readonly cwd?: string;
  readonly tty?: WindowSize;
  readonly stdin?: 'stream' | 'none';
  /** What a vanished client does to the program. Default `hang-up`. */
  readonly onDetach?: 'hang-up' | 'keep';
  /** Also write the output to the sandbox's log. Default false. */
  readonly log?: boolean;
  readonly id?: string;
  /** Also once the program runs: an abort detaches, and output and exit reject with its reason. */
  readonly signal?: AbortSignal;
}

export interface StartOptions extends Selection {
  /**
   * true: the selected program becomes the main program and the sandbox ends with it.
   * false: the sandbox idles until it is stopped unless it has a `start` script or `command`.
   */
  readonly foreground?: boolean;
  /** Whatever the file says to run, it idles until it is stopped. Default false. */
  readonly idle?: boolean;
  /**
   * For a sandbox that runs already. Default false: it is left as it is and returned. true: as `run`
   * does, the selected program becomes one more process that outlives its client; ALREADY_RUNNING
   * when it is the main program.
   */
  readonly exclusive?: boolean;
  readonly tty?: WindowSize;
  readonly stdin?: 'stream' | 'none';
  readonly signal?: AbortSignal;
}

export type Phase = 'preparing' | 'booting' | 'configuring' | 'running' | 'stopping';

export interface SandboxStatus {
  readonly name: string;
  readonly state: 'running' | 'starting' | 'stopping' | 'stopped' | 'unresponsive';
  readonly supervisorPid?: number;
  readonly vmmPid?: number;
  /** Per cent of one core, over the time since the previous status call of this engine or since start. */
  readonly cpuPercent?: number;
  readonly memoryBytes?: number;
  /** Of the host's disk; also while it is stopped, once it has run. */
  readonly diskBytes?: number;
  readonly startedAt?: Date;
  /** Whether its guest has booted, gone on from a template, or been waiting in the pool. */
  readonly origin?: 'boot' | 'template' | 'pool';
  readonly paused?: boolean;
  readonly pausedAt?: Date;
  /** Paused because nobody wanted anything of it: it goes on by itself when somebody does. */
  readonly idle?: boolean;
  /** It was ended by `save`: its next start goes on where it was then. */
  readonly savedAt?: Date;
  /** Published ones; while it runs. */
  readonly ports?: readonly PublishedPort[];
  /** What confines its VMM, and its network's gateway; a part that is off says why this host cannot do it. */
  readonly jail?: readonly { readonly part: string; readonly off?: string }[];
  readonly networkJail?: SandboxStatus['jail'];
  /** What its network's gateway has counted since it connected the sandbox. */
  readonly network?: NetworkCounts;
  readonly volumes?: readonly VolumeGrowth[];
  /** It is a fork, of this sandbox. */
  readonly forkOf?: string;
  /** The last ended run, when there is one. */
  readonly lastExit?: { readonly at: Date; readonly status?: ExitStatus; readonly error?: string };
}

/**
 * Everything that happens, in one order per engine. `seq` grows by one with each event. `sandbox` is
 * empty for what concerns none or all.
 */
export type EngineEvent = { readonly seq: number; readonly at: Date; readonly sandbox: string } & EventBody;

export type EventBody =
  | { readonly kind: 'phase'; readonly phase: Phase }
  | ImageEvent
  | SnapshotEvent
  | ForkEvent
  | { readonly kind: 'program-started'; readonly program: string }
  | { readonly kind: 'program-exited'; readonly program: string; readonly status: ExitStatus }
  | PauseEvent
  /** `exit`: of the program that the sandbox was started for. `saved`: its next start goes on there. */
  | { readonly kind: 'stopped'; readonly clean: boolean; readonly exit?: ExitStatus; readonly saved?: true }
  /** All that are published now. */
  | { readonly kind: 'ports'; readonly ports: readonly PublishedPort[] }
  /** Something asked for has no effect or could not be kept; the run goes on. */
  | { readonly kind: 'warning'; readonly code: string; readonly message: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

export interface Engine {
  readonly images: Images;
  /** Reads and checks the Sandboxfile. Throws FILE_NOT_FOUND, FILE_INVALID (with its problems). */
  openProject(options: OpenOptions): Promise<Project>;
  /** Everything that is wrong with the Sandboxfile, in file order. Throws FILE_NOT_FOUND; FILE_INVALID: no text. */
  check(options: OpenOptions): Promise<readonly Problem[]>;
  /**
   * Adds components with one definition to the Sandboxfile; every other byte of it stays. Durable when
   * it resolves. Throws FILE_NOT_FOUND; EDIT_REFUSED, and then nothing is written.
   */
  addComponents(options: AddOptions): Promise<void>;
  /** Takes components out of the Sandboxfile, in the same way. What runs of them goes on. */
  removeComponents(options: EditOptions): Promise<void>;
  /** A project in a temporary folder with the one sandbox `tmp`, deleted by `close`; `msb exe`. */
  openOneOff(options: OneOffOptions): Promise<Project>;
  /**
   * Deletes the project's `menv/`, or what one sandbox has left there, never of one that runs:
   * CLEAN_RUNNING. Without `force` CLEAN_CONFIGURED while there is a Sandboxfile, for one sandbox
   * CLEAN_DEFINED while the file defines it.
   */
  clean(options: CleanOptions): Promise<void>;
  /** Deletes the user's folder: images, logins, installed sandboxes. CLEAN_HOME_RUNNING, CLEAN_INSTALLED. */
  cleanHome(options?: CleanHomeOptions): Promise<void>;
  /** Looks at everything that sandboxes depend on; what is wrong is a finding and no error. */
  doctor(options?: DoctorOptions): Promise<Diagnosis>;
  onEvent(listener: (event: EngineEvent) => void): Disposable;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Project root, absolute. */
  readonly root: string;
  /** Sandboxfile's name inside the root; default `Sandboxfile`. */
  readonly file?: string;
  readonly signal?: AbortSignal;
}

export interface EditOptions extends OpenOptions {
  readonly section: Section;
  readonly names: readonly string[];
}

export interface AddOptions extends EditOptions {
  /** Values as typed. */
  readonly definition: Definition;
}

export interface CleanOptions extends OpenOptions {
  /** One sandbox; absent: all of them. */
  readonly name?: string;
  readonly force?: boolean;
  /** Only finds out whether it would be refused. */
  readonly dryRun?: boolean;
}

export interface CleanHomeOptions {
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

export interface OneOffOptions {
  readonly image: string;
  /** Base of relative local image paths, absolute. */
  readonly cwd: string;
  readonly cpus?: number;
  readonly memoryMib?: number;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly envs?: readonly string[];
  readonly workdir?: string;
  readonly scope?: string;
  readonly signal?: AbortSignal;
}

export interface Project {
  readonly root: string;
  readonly file: string;
  readonly model: ProjectModel;
  /** Warnings and hints of the file; a file with errors does not open. */
  readonly problems: readonly Problem[];
  readonly secrets: ProjectSecrets;
  /** Starts when it does not run; resolves when the main program runs (or the idle sandbox is ready). */
  start(name: string, options?: StartOptions): Promise<Sandbox>;
  /** The running sandbox; undefined when it does not run. */
  find(name: string, options?: { readonly signal?: AbortSignal }): Promise<Sandbox | undefined>;
  /**
   * `msb run`: starts the sandbox with the selected program as its main program, or, when it runs,
   * runs the program in it. `sandbox.ended` tells when a started sandbox is down and durable.
   */
  run(name: string, options?: RunOptions): Promise<StartedProgram>;
  /** Begins what a `run` with the same key takes over; false: nothing. */
  begin(name: string, options: BeginOptions): Promise<boolean>;
  status(
    names?: readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly SandboxStatus[]>;
  /**
   * Until disposed, events tell of every run of the project's sandboxes, also of those that other
   * processes start and end; otherwise of those only that this engine has to do with. Resolves when
   * what runs now was found.
   */
  follow(): Promise<Disposable>;
  /**
   * Makes an image of the sandbox: its own image's layers and one of its changes. Programs pause
   * meanwhile. A sandbox that does not run is started for it, idle. IMAGE_LAYERS when its image was
   * neither pulled nor loaded.
   */
  commit(name: string, reference: string, options?: CommitOptions): Promise<CommittedImage>;
  /** What starting the sandbox would do beyond it; shown to users before they let it. */
  review(name: string): Promise<StartReview>;
  /** Idempotent. Resolves when all named (default: all) sandboxes are down and durable. */
  stop(
    names?: readonly string[],
    options?: { readonly graceMs?: number; readonly signal?: AbortSignal },
  ): Promise<void>;
  /**
   * Ends those that run (of the named ones, or of all) in the middle of what they do, which survives a
   * restart of the host: their next start, whatever makes it, goes on there.
   */
  save(names?: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Starts those that do not run, and what they need before them. Without names all of the file, and forks
   * that were saved. SANDBOX_UNKNOWN, DEPENDENCY_UNKNOWN; nothing is started then.
   */
  up(names?: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<readonly Sandbox[]>;
  /** Processors and programs stand still until `resume`; they take no time of the host. NOT_RUNNING. */
  pause(names?: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<void>;
  resume(names?: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Memory, devices and disk of one instant; the sandbox goes on. NOT_RUNNING, SNAPSHOT_EXISTS. */
  createSnapshot(name: string, snapshot: string, options?: SnapshotOptions): Promise<Snapshot>;
  /** Oldest first. */
  snapshots(name: string): Promise<readonly Snapshot[]>;
  removeSnapshot(name: string, snapshot: string): Promise<void>;
  /** To one file, absolute, which is replaced once all of it is written. SNAPSHOT_FILE. */
  exportSnapshot(name: string, snapshot: string, path: string, options?: ExportOptions): Promise<void>;
  /** All of it or nothing. SNAPSHOT_FILE, SNAPSHOT_FOREIGN, SNAPSHOT_EXISTS. */
  importSnapshot(name: string, snapshot: string, path: string, options?: ImportOptions): Promise<Snapshot>;
  /** What going back would cost now. SNAPSHOT_UNKNOWN. */
  restoreLoss(name: string, snapshot: string, options?: Pick<RestoreOptions, 'signal'>): Promise<RestoreLoss>;
  /** Ends the sandbox if it runs; it goes on from the snapshot, and what came after that is lost. */
  restoreSnapshot(name: string, snapshot: string, options?: RestoreOptions): Promise<Sandbox>;
  /** Running copies, all or none. FORK_STOPPED, FORK_EXISTS, FORK_NAME, FORK_COUNT, FORK_LIMIT. */
  fork(name: string, options?: ForkOptions): Promise<readonly Sandbox[]>;
  /** They are sandboxes like those of the file, wherever a name is asked for. Oldest first. */
  forks(): Promise<readonly Fork[]>;
  /**
   * Log lines' bytes: the last `tail` lines (all when absent), then, with follow, what is appended. `of`:
   * the main program's output (default), or what the sandbox was denied in its network, as JSON lines.
   */
  log(
    name: string,
    options?: {
      readonly of?: 'output' | 'denials';
      readonly tail?: number;
      readonly follow?: boolean;
      readonly signal?: AbortSignal;
    },
  ): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

export interface StartedProgram {
  readonly program: Program;
  readonly sandbox: Sandbox;
  /** The sandbox was started for this program and ends with it. */
  readonly owned: boolean;
}

export interface Sandbox {
  readonly name: string;
  exec(program: string, options?: ProgramOptions): Promise<Program>;
  /** Runs a script, `--exec` program or the default of section 9 as one more process. */
  runSelection(selection: Selection, options?: ProgramOptions): Promise<Program>;
  /** An abort after the call detaches, as with `exec`. */
  attach(
    id: string,
    options?: { readonly replayBytes?: number; readonly signal?: AbortSignal },
  ): Promise<Program>;
  programs(): Promise<readonly RunningProgram[]>;
  readonly files: SandboxFiles;
  readonly ports: SandboxPorts;
  /** A byte stream to a server in the guest. */
  dial(
    target: { readonly tcpPort: number } | { readonly unixPath: string },
    signal?: AbortSignal,
  ): Promise<GuestConnection>;
  stats(maxProcesses?: number): Promise<GuestStats>;
  stop(options?: { readonly graceMs?: number; readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Settles when the sandbox is down and its disk durable; never rejects. Pending for ever once the
   * project is closed while the sandbox goes on.
   */
  readonly ended: Promise<{
    readonly clean: boolean;
    readonly mainExit?: ExitStatus;
    readonly error?: Error;
  }>;
}

export interface RunningProgram {
  readonly id: string;
  readonly pid: number;
  readonly program: string;
  readonly args: readonly string[];
  readonly tty: boolean;
  readonly clients: number;
  readonly startedAt: Date;
  readonly exited?: ExitStatus;
}
