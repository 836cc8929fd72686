// The host's end of rawguest's port; one request at a time.

import type { Socket } from 'node:net';

const requestSize = 9;

export class RawPort {
  readonly #socket: Socket;
  #awaited: { missing: number; resolve: () => void } | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Uint8Array) => this.#take(chunk.length));
  }

  roundTrip(): Promise<void> {
    return this.#call('p', 0, 1);
  }

  /** `sh -c true` */
  runShell(): Promise<void> {
    return this.#call('x', 0, 1);
  }

  /** The guest sends this many bytes. */
  bulkOut(bytes: number): Promise<void> {
    return this.#call('o', bytes, bytes);
  }

  /** The guest takes this many bytes. */
  async bulkIn(bytes: number, block: Uint8Array): Promise<void> {
    const answered = this.#call('i', bytes, 1);
    for (let left = bytes; left > 0; left -= block.length) {
      await this.#write(block.subarray(0, Math.min(left, block.length)));
    }
    return answered;
  }

  #call(command: string, size: number, answerSize: number): Promise<void> {
    const request = new DataView(new ArrayBuffer(requestSize));
    request.setUint8(0, command.charCodeAt(0));
    request.setBigUint64(1, BigInt(size), true);
    const answered = new Promise<void>((resolve) => {
      this.#awaited = { missing: answerSize, resolve };
    });
    this.#socket.write(new Uint8Array(request.buffer));
    return answered;
  }

  #write(data: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(data, (error) => (error ? reject(error) : resolve()));
    });
  }

  #take(bytes: number): void {
    const awaited = this.#awaited;
    if (!awaited || awaited.missing < bytes) throw new Error('rawguest sent more than was asked for');
    awaited.missing -= bytes;
    if (awaited.missing > 0) return;
    this.#awaited = undefined;
    awaited.resolve();
  }
}
