// Programs in a sandbox, run to their end.

import { setTimeout as delay } from 'node:timers/promises';
import type { ExitStatus, Program, ProgramOptions, Sandbox } from '../../server/engine/api.ts';
import { concatenated } from './msb.ts';

export interface Finished {
  readonly status: ExitStatus;
  readonly stdout: string;
  readonly stderr: string;
}

/** Reads all output, then the status. */
export async function finish(program: Program): Promise<Finished> {
  const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  for await (const { stream, data } of program.output) chunks[stream].push(data);
  const text = (of: readonly Uint8Array[]): string => new TextDecoder().decode(concatenated(of));
  return { status: await program.exit, stdout: text(chunks.stdout), stderr: text(chunks.stderr) };
}

export async function sh(sandbox: Sandbox, script: string, options: ProgramOptions = {}): Promise<Finished> {
  return finish(
    await sandbox.exec('sh', { ...options, args: ['-c', script, 'sh', ...(options.args ?? [])] }),
  );
}

/**
 * Waits for the end of a program that has no client. Nothing tells that, so it is asked for; no end
 * in this time is a fault.
 */
export async function gone(sandbox: Sandbox, id: string): Promise<void> {
  const deadline = AbortSignal.timeout(20_000);
  for (;;) {
    const found = (await sandbox.programs()).find((program) => program.id === id);
    if (!found || found.exited) return;
    deadline.throwIfAborted();
    await delay(20);
  }
}

/** Output as text that can be waited for while the program runs. */
export class Reader {
  readonly #program: Program;
  readonly #decoder = new TextDecoder();
  #seen = '';
  readonly #iterator: AsyncIterator<{ readonly data: Uint8Array }>;

  constructor(program: Program) {
    this.#program = program;
    this.#iterator = program.output[Symbol.asyncIterator]();
  }

  get seen(): string {
    return this.#seen;
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#seen);
      if (match) return match;
      const next = await this.#iterator.next();
      if (next.done)
        throw new Error(`${this.#program.id} ended without ${pattern}: ${JSON.stringify(this.#seen)}`);
      this.#seen += this.#decoder.decode(next.value.data, { stream: true });
    }
  }

  async toEnd(): Promise<ExitStatus> {
    for (;;) {
      const next = await this.#iterator.next();
      if (next.done) return this.#program.exit;
      this.#seen += this.#decoder.decode(next.value.data, { stream: true });
    }
  }
}
