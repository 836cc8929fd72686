import { abortable } from '../abortable.ts';
import type {
  GuestConnection,
  GuestStats,
  Program,
  ProgramOptions,
  RunningProgram,
  Sandbox,
  SandboxFiles,
  SandboxPorts,
  Selection,
} from '../api.ts';
import { dial } from '../machine/dial.ts';
import type { DialTarget } from '../machine/dial.ts';
import { exportChanges } from '../machine/export.ts';
import { OnDetach, Stdin } from '../machine/gen/menv/agent/v1/agent_pb.js';
import type { Machine } from '../machine/machine.ts';
import type { AttachedProgram, ProgramSpec } from '../machine/programs.ts';
import { guestStats } from '../machine/stats.ts';
import type { SandboxContext } from './context.ts';
import type { Ending } from './ended-run.ts';
import { refuseMain, select } from './launch-record.ts';
import type { LaunchRecord } from './launch-record.ts';
import { RunningPorts, tellMovedPorts } from './ports.ts';
import { RunWatch } from './run-watch.ts';
import { MAIN_ID } from './spec.ts';
import { stopMachine } from './stop.ts';
import type { StopOptions } from './stop.ts';

/** One run of a sandbox; after its end every call fails with STOPPED. */
export class RunningSandbox implements Sandbox {
  readonly record: LaunchRecord;
  readonly #context: SandboxContext;
  readonly #machine: Machine;
  readonly #closing: AbortSignal;
  readonly #started: boolean;
  #watch: RunWatch | undefined;

  constructor(
    context: SandboxContext,
    machine: Machine,
    record: LaunchRecord,
    closing: AbortSignal,
    started: boolean,
  ) {
    this.#context = context;
    this.#machine = machine;
    this.record = record;
    this.#closing = closing;
    this.#started = started;
  }

  get name(): string {
    return this.#context.name;
  }

  get files(): SandboxFiles {
    return this.#machine.files;
  }

  get ports(): SandboxPorts {
    return new RunningPorts(this.#machine);
  }

  /** For the one who started it. */
  tellMovedPorts(): Promise<void> {
    return tellMovedPorts(this.#context, this.#machine);
  }

  get ended(): Promise<Ending> {
    return this.watch().ended;
  }

  /** One per run: it keeps a stream open, so it begins with the first who asks. */
  watch(): RunWatch {
    this.#watch ??= new RunWatch(this.#context, this.#machine, this.#closing, this.#started);
    return this.#watch;
  }

  /** Resolves when programs can be run in it. */
  async settled(signal?: AbortSignal): Promise<void> {
    await abortable(this.watch().ready, signal);
  }

  async exec(program: string, options: ProgramOptions = {}): Promise<Program> {
    const started = await this.start(program, options);
    if (options.signal !== undefined) started.detachOn(options.signal);
    return started;
  }

  /** As `exec`, but once the program runs the signal means nothing to it. */
  async start(program: string, options: ProgramOptions): Promise<AttachedProgram> {
    const { signal } = options;
    const started = await this.#machine.programs.start(this.#spec(program, options), signal);
    this.#context.emit({ kind: 'program-started', program });
    started.exit.then(
      (status) => {
        this.#context.emit({ kind: 'program-exited', program, status });
      },
      () => undefined,
    );
    return started;
  }

  async runSelection(selection: Selection, options: ProgramOptions = {}): Promise<Program> {
    const selected = select(this.record, this.record.image, selection);
    refuseMain(this.record, selected);
    return this.exec(selected.program, { ...options, args: selected.args });
  }

  async attach(
    id: string,
    options: { readonly replayBytes?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Program> {
    const { replayBytes = SCROLLBACK, signal } = options;
    const attached = await this.#machine.programs.attach(id, replayBytes, signal);
    if (signal !== undefined) attached.detachOn(signal);
    return attached;
  }

  /** As `attach` to the main program; the signal only ends the wait for it. */
  main(signal?: AbortSignal): Promise<Program> {
    return this.#machine.programs.attach(MAIN_ID, SCROLLBACK, signal);
  }

  programs(): Promise<readonly RunningProgram[]> {
    return this.#machine.programs.list();
  }

  dial(target: DialTarget, signal?: AbortSignal): Promise<GuestConnection> {
    return dial(this.#machine.connection, this.name, target, signal);
  }

  stats(maxProcesses = 0): Promise<GuestStats> {
    return guestStats(this.#machine.connection, this.name, maxProcesses);
  }

  /** As the tar of a layer; programs pause while it is read. */
  changes(signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return exportChanges(this.#machine.connection, this.name, signal);
  }

  async stop(options: StopOptions = {}): Promise<void> {
    await stopMachine(this.#machine, this.#context, options);
  }

  #spec(program: string, options: ProgramOptions): ProgramSpec {
    const { args = [], env = [], cwd, tty, stdin = 'none', onDetach = 'hang-up', log = false, id } = options;
    return {
      program,
      args: [...args],
      env: mergedEnv(this.record.env, env),
      cwd: cwd ?? this.record.workdir,
      onDetach: onDetach === 'keep' ? OnDetach.KEEP : OnDetach.HANG_UP,
      stdin: stdin === 'stream' ? Stdin.STREAM : Stdin.NONE,
      log,
      ...(tty === undefined ? {} : { tty }),
      ...(id === undefined ? {} : { id }),
    };
  }
}

/** What the agent keeps of a program's output. */
const SCROLLBACK = 256 << 10;

/** Later entries win; the guest takes a name once. */
function mergedEnv(base: readonly string[], own: readonly string[]): string[] {
  if (own.length === 0) return [...base];
  const name = (entry: string): string => entry.slice(0, Math.max(entry.indexOf('='), 0));
  return [...new Map([...base, ...own].map((entry) => [name(entry), entry])).values()];
}
