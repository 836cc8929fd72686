import type { MachineStateJson, PhaseJson } from '../machine/gen/menv/machine/v1/machine_pb.js';
import type { Machine } from '../machine/machine.ts';
import { portFromWire } from '../machine/ports.ts';
import type { Phase as PhaseName } from '../api.ts';
import { deferred } from '../deferred.ts';
import { fromFailure, SandboxError } from '../errors/index.ts';
import { savedAt } from '../snapshots/saved.ts';
import type { SandboxContext } from './context.ts';
import { endedRun, fromState } from './ended-run.ts';
import type { EndedRun, Ending } from './ended-run.ts';

/** Follows one run through its phases to its end, and sees to it that the end is recorded. */
export class RunWatch {
  /** The main program runs, or the idle sandbox is ready. Rejects when the run ends before. */
  readonly ready: Promise<unknown>;
  /** The VM is down, its disk durable, the run recorded. Never rejects; pending once closed. */
  readonly ended: Promise<Ending>;
  readonly #context: SandboxContext;
  readonly #machine: Machine;
  /** Its start is over and was somebody else's, who has been told what went wrong in it. */
  readonly #started: boolean;
  readonly #ready = deferred<undefined>();
  readonly #ended = deferred<Ending>();
  #last: MachineStateJson | undefined;
  #seen = 0;

  constructor(context: SandboxContext, machine: Machine, closing: AbortSignal, started: boolean) {
    this.#context = context;
    this.#machine = machine;
    this.#started = started;
    this.ready = this.#ready.promise;
    this.ready.catch(() => undefined);
    this.ended = this.#ended.promise;
    void this.#follow(closing);
  }

  async #follow(closing: AbortSignal): Promise<void> {
    try {
      for await (const state of this.#machine.watch(closing)) this.#enter(state);
    } catch {
      // The connection broke: what the run folder says decides below.
    }
    if (closing.aborted) {
      this.#ready.reject(closing.reason);
      return;
    }
    const run = await this.#result();
    await this.#context.history.record(this.#context.name, run.record);
    await this.#report(run.ending);
    this.#ready.reject(run.ending.error ?? new SandboxError('STOPPED', { subject: this.#context.name }));
    this.#ended.resolve(run.ending);
  }

  #enter(state: MachineStateJson): void {
    if (state.networkFailure !== undefined && this.#last?.networkFailure === undefined) {
      this.#warn(fromFailure(state.networkFailure, { sandbox: this.#context.name }));
    }
    this.#tellPorts(state);
    if (!this.#started) this.#tellStart(state);
    const before = this.#last;
    this.#last = state;
    // The history, not the present phase: a short phase may be over before the stream shows it.
    const history = state.history ?? [];
    for (const { phase: entered = 'PHASE_UNSPECIFIED' } of history.slice(this.#seen)) {
      const phase = PHASES[entered];
      if (phase !== undefined) this.#context.emit({ kind: 'phase', phase });
      if (entered === 'PHASE_RUNNING') this.#ready.resolve(undefined);
    }
    this.#seen = history.length;
    this.#tellPause(state, before);
  }

  #tellStart({ templateFailure, hardwareFailure }: MachineStateJson): void {
    if (templateFailure !== undefined && this.#last?.templateFailure === undefined) {
      this.#warn(fromFailure(templateFailure, { sandbox: this.#context.name }));
    }
    if (hardwareFailure !== undefined && this.#last?.hardwareFailure === undefined) {
      const { code, message, cause } = fromFailure(hardwareFailure);
      const reason = cause instanceof Error ? ` (${cause.message})` : '';
      this.#context.emit({
        kind: 'warning',
        code,
        message: `${message}${reason}; sandboxes run on QEMU from now on, \`msb doctor\` says more`,
      });
    }
  }

  #tellPause({ paused = false, idle = false }: MachineStateJson, before: MachineStateJson | undefined): void {
    if (paused === (before?.paused ?? false) && idle === (before?.idle ?? false)) return;
    this.#context.emit(paused ? { kind: 'paused', idle } : { kind: 'resumed' });
  }

  #tellPorts({ ports = [] }: MachineStateJson): void {
    if (JSON.stringify(ports) === JSON.stringify(this.#last?.ports ?? [])) return;
    this.#context.emit({ kind: 'ports', ports: ports.map(portFromWire) });
  }

  async #result(): Promise<EndedRun> {
    const { name, run } = this.#context;
    if (this.#last?.phase === 'PHASE_ENDED') return fromState(this.#last, name);
    const found = await endedRun(run, name);
    if (found !== undefined) return found;
    // Another run has taken the folder over already.
    const now = new Date();
    const error = new SandboxError('SUPERVISOR_LOST', { subject: name });
    const record = {
      startedAt: now,
      endedAt: now,
      clean: false,
      error: { code: error.code, message: error.message },
    };
    return { ending: { clean: false, error }, record };
  }

  #warn({ code, message }: SandboxError): void {
    this.#context.emit({ kind: 'warning', code, message });
  }

  async #report({ clean, mainExit, error }: Ending): Promise<void> {
    const { emit } = this.#context;
    if (error !== undefined) {
      emit({ kind: 'failed', code: error.code, message: error.message });
      return;
    }
    const saved = (await savedAt(this.#context)) === undefined ? {} : ({ saved: true } as const);
    emit({ kind: 'stopped', clean, ...(mainExit === undefined ? {} : { exit: mainExit }), ...saved });
  }
}

/** The phases a front end is told; the end is an event of its own. */
const PHASES: Readonly<Record<PhaseJson, PhaseName | undefined>> = {
  PHASE_UNSPECIFIED: undefined,
  PHASE_PREPARING: 'preparing',
  PHASE_BOOTING: 'booting',
  PHASE_CONFIGURING: 'configuring',
  PHASE_RUNNING: 'running',
  PHASE_STOPPING: 'stopping',
  PHASE_ENDED: undefined,
};
