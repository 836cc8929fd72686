// As much of QEMU's machine protocol as a floor needs: one command after the other.

import type { Socket } from 'node:net';

interface Reply {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

export class MachineProtocol {
  readonly #socket: Socket;
  #text = '';
  #waiting: ((reply: Reply) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (chunk: string) => this.#take(chunk));
  }

  /** Takes commands, and leaves memory that is in a file of its own out of states. */
  async begin(): Promise<void> {
    await this.execute('qmp_capabilities');
    const capabilities = [{ capability: 'x-ignore-shared', state: true }];
    await this.execute('migrate-set-capabilities', { capabilities });
  }

  async execute(name: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const answered = new Promise<Reply>((resolve) => {
      this.#waiting = resolve;
    });
    this.#socket.write(`${JSON.stringify({ execute: name, arguments: args })}\n`);
    const { return: value, error } = await answered;
    if (error !== undefined) throw new Error(`${name}: ${error.desc}`);
    return value;
  }

  #take(chunk: string): void {
    this.#text += chunk;
    for (let end = this.#text.indexOf('\n'); end >= 0; end = this.#text.indexOf('\n')) {
      const message = JSON.parse(this.#text.slice(0, end)) as Reply;
      this.#text = this.#text.slice(end + 1);
      // The greeting and events are neither.
      if (message.return !== undefined || message.error !== undefined) this.#waiting?.(message);
    }
  }
}
