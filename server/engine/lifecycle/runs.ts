import { connectMachine } from '../machine/connect.ts';
import type { Machine } from '../machine/machine.ts';
import type { SandboxContext } from './context.ts';
import type { LaunchRecord } from './launch-record.ts';
import type { RunningSandbox } from './running-sandbox.ts';

/** The connections of one open project to its running sandboxes: one a run, closed together. */
export class Runs {
  readonly #machines = new Map<string, Machine>();
  readonly #sandboxes = new WeakMap<Machine, RunningSandbox>();
  readonly #closing = new AbortController();

  /** Undefined when the sandbox does not run. */
  async connect(context: SandboxContext): Promise<Machine | undefined> {
    this.#closing.signal.throwIfAborted();
    const known = this.#machines.get(context.name);
    if (known !== undefined && !known.connection.closed) return known;
    const machine = await connectMachine(context.run.socket, context.name);
    if (machine === undefined) return undefined;
    return this.#keep(context.name, machine);
  }

  /** The one object for the run behind `machine`; `started` when its start is over, and was somebody else's. */
  async adopt(
    context: SandboxContext,
    machine: Machine,
    record: LaunchRecord,
    started = false,
  ): Promise<RunningSandbox> {
    const { RunningSandbox } = await import('./running-sandbox.ts');
    const known = this.#sandboxes.get(machine);
    if (known !== undefined) return known;
    const sandbox = new RunningSandbox(context, machine, record, this.#closing.signal, started);
    this.#sandboxes.set(machine, sandbox);
    return sandbox;
  }

  /** The sandboxes go on. */
  close(): void {
    this.#closing.abort(new DOMException('the project was closed', 'AbortError'));
    for (const machine of this.#machines.values()) machine.close();
    this.#machines.clear();
  }

  /** Of two connections made at the same time the first one stays. */
  #keep(name: string, machine: Machine): Machine {
    const other = this.#machines.get(name);
    if (this.#closing.signal.aborted || (other !== undefined && !other.connection.closed)) {
      machine.close();
      this.#closing.signal.throwIfAborted();
      return other ?? machine;
    }
    this.#machines.set(name, machine);
    void machine.connection.ended.then(() => {
      if (this.#machines.get(name) === machine) this.#machines.delete(name);
    });
    return machine;
  }
}
