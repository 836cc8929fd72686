import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type * as net from 'node:net';
import type { MachineSpecJson, PoolStateJson } from './gen/menv/machine/v1/machine_pb.js';
import { guestOf, send } from './pool.ts';
import { openSocket } from './socket.ts';

export interface PoolOptions {
  readonly menv: string;
  readonly home: string;
  /** The pool's socket. */
  readonly socket: string;
  /** Guests kept of each kind; undefined: by free memory. */
  readonly size: number | undefined;
  /** The pool after each change; undefined when the connection to it has ended. */
  readonly onState?: (state: PoolStateJson | undefined) => void;
}

/** Of the guests that were wanted last. */
const MAX_GUESTS = 4;
/** A state is one short line. */
const MAX_LINE = 64 << 10;
const START_DEADLINE_MS = 15_000;
/** Pools in a row that have turned this engine away, until it wants a guest again. */
const MAX_FAILURES = 3;

/**
 * Keeps a pool of waiting guests, and the process that tends it, as long as this process lives and has not
 * closed it. It is a convenience: what goes wrong with it is tried again when a guest is wanted the next
 * time, and starts do without meanwhile.
 */
export class PoolKeeping {
  readonly #options: PoolOptions;
  #guests: readonly MachineSpecJson[] = [];
  #socket: net.Socket | undefined;
  #connecting = false;
  #failures = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** These are likely to be started. */
  want(specs: readonly MachineSpecJson[]): void {
    const known = new Map(
      [...specs.map(guestOf), ...this.#guests].map((guest) => [JSON.stringify(guest), guest]),
    );
    this.#guests = [...known.values()].slice(0, MAX_GUESTS);
    if (this.#guests.length === 0 || this.#closed) return;
    this.#failures = 0;
    if (this.#socket !== undefined) this.#keep(this.#socket);
    else if (!this.#connecting) void this.#connect();
  }

  /** The pool ends now unless somebody else keeps it. */
  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
  }

  async #connect(): Promise<void> {
    this.#connecting = true;
    try {
      const socket = (await this.#open()) ?? (await this.#begin());
      if (socket === undefined) return;
      if (this.#closed) {
        socket.destroy();
        return;
      }
      this.#adopt(socket);
      this.#keep(socket);
    } catch {
      // Without a pool.
    } finally {
      this.#connecting = false;
    }
  }

  #open(): Promise<net.Socket | undefined> {
    return openSocket(this.#options.socket, '');
  }

  /** Starts the process that tends the pool; of several at once one stays. */
  async #begin(): Promise<net.Socket | undefined> {
    const { menv, home } = this.#options;
    const keeper = spawn(menv, ['pool'], {
      detached: true,
      cwd: '/',
      env: { ...process.env, MENV_HOME: home },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    keeper.unref();
    const deadline = AbortSignal.timeout(START_DEADLINE_MS);
    try {
      await Promise.race([
        once(keeper.stdout, 'data', { signal: deadline }),
        once(keeper, 'exit', { signal: deadline }),
      ]);
    } finally {
      keeper.stdout.destroy();
    }
    return this.#closed ? undefined : this.#open();
  }

  #adopt(socket: net.Socket): void {
    this.#socket = socket;
    socket.unref();
    socket.on('error', () => undefined);
    let text = '';
    let told = false;
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      const last = lines.at(-1);
      told ||= last !== undefined;
      if (last !== undefined) this.#options.onState?.(JSON.parse(last) as PoolStateJson);
      if (text.length > MAX_LINE) socket.destroy();
    });
    socket.once('close', () => {
      this.#socket = undefined;
      this.#options.onState?.(undefined);
      this.#failures = told ? 0 : this.#failures + 1;
      // It was ending, or is another build's.
      if (!told && !this.#closed && this.#failures < MAX_FAILURES) void this.#connect();
    });
  }

  #keep(socket: net.Socket): void {
    const { menv, size } = this.#options;
    send(socket, { menv, keep: { guests: [...this.#guests], ...(size === undefined ? {} : { size }) } });
  }
}

/** Ends the pool, whoever keeps it; returns when nothing of it is left. */
export async function endPool(menv: string, socketPath: string): Promise<void> {
  const socket = await openSocket(socketPath, '').catch(() => undefined);
  if (socket === undefined) return;
  socket.on('error', () => undefined).resume();
  const closed = once(socket, 'close', { signal: AbortSignal.timeout(START_DEADLINE_MS) });
  send(socket, { menv, end: {} });
  await closed.catch(() => undefined);
  socket.destroy();
}
