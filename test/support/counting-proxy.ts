// Stands before a server and tells what is asked of it.

import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { Server } from 'node:http';

export class CountingProxy implements AsyncDisposable {
  /** `localhost:<port>`. */
  readonly host: string;
  /** Method and path of each request so far. */
  readonly asked: string[];
  readonly #server: Server;

  private constructor(host: string, asked: string[], server: Server) {
    this.host = host;
    this.asked = asked;
    this.#server = server;
  }

  static async start(target: string): Promise<CountingProxy> {
    const asked: string[] = [];
    const server = createServer((incoming, answer) => {
      const { method, url, headers } = incoming;
      asked.push(`${method} ${url}`);
      const [host, port] = target.split(':');
      const forwarded = request({ host, port, method, path: url, headers }, (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      });
      forwarded.on('error', () => answer.destroy());
      incoming.pipe(forwarded);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return new CountingProxy(`localhost:${address.port}`, asked, server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
