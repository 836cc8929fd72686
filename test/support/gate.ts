// A way to a server that closes after so many bytes: what uses it stands still at a known place.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

export class Gate implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Halves that come from the server, some of them waiting. */
  readonly #incoming = new Set<Socket>();
  readonly #waiting = new Set<() => void>();
  #left = Infinity;
  #closed = false;

  private constructor(port: number) {
    this.#server = createServer((client) => {
      const server = connect(port, '127.0.0.1');
      this.#track(client, server);
      client.pipe(server);
      this.#incoming.add(server);
      server.on('data', (chunk: Buffer) => {
        client.write(chunk);
        this.#left -= chunk.length;
        if (this.#left <= 0) this.#close();
      });
      server.on('end', () => client.end());
      if (this.#closed) this.#close();
    });
  }

  static async to(port: number): Promise<Gate> {
    const gate = new Gate(port);
    gate.#server.listen(0, '127.0.0.1');
    await once(gate.#server, 'listening');
    return gate;
  }

  get host(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the gate is gone');
    return `localhost:${String(address.port)}`;
  }

  /** Lets so many bytes of answers through, to all together. */
  closeAfter(bytes: number): void {
    this.#left = bytes;
    if (bytes <= 0) this.#close();
  }

  /** Resolves once somebody stands before the closed gate. */
  async isClosed(): Promise<void> {
    while (!this.#closed || this.#incoming.size === 0)
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  open(): void {
    this.#left = Infinity;
    this.#closed = false;
    for (const server of this.#incoming) server.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #close(): void {
    this.#closed = true;
    for (const server of this.#incoming) server.pause();
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** One that ends takes the other with it. */
  #track(client: Socket, server: Socket): void {
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        this.#incoming.delete(socket);
        other.destroySoon();
      });
    }
  }
}
