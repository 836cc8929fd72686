// A web server over TLS that stands for one of the internet: its certificate is from an authority of the
// test's own.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export class TlsServer implements AsyncDisposable {
  readonly port: number;
  /** Heads of what it was asked, as it got them. */
  readonly asked: Http2ServerRequest['headers'][] = [];
  readonly #server: Http2SecureServer;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Http2SecureServer) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('secureConnection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
    });
    server.on('request', (request: Http2ServerRequest, answer: Http2ServerResponse) => {
      this.asked.push(request.headers);
      const authorization = request.headers.authorization ?? '';
      answer.writeHead(200, { 'x-echo': authorization, 'content-type': 'text/plain' });
      answer.end('answered\n');
    });
  }

  /** `folder` is the authority's. */
  static async start(folder: string): Promise<TlsServer> {
    const [key, cert] = await Promise.all(
      ['server.key', 'server.crt'].map((name) => readFile(path.join(folder, name))),
    );
    const server = createSecureServer({ key, cert, allowHTTP1: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TlsServer(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}

/** Makes an authority and a certificate for the name; returns the authority's own. */
export async function makeAuthority(folder: string, name: string): Promise<string> {
  const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { cwd: folder });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=test authority');
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-addext', 'basicConstraints=critical,CA:FALSE'];
  await openssl('req', '-x509', ...key, ...signed, '-keyout', 'server.key', '-out', 'server.crt', ...subject);
  return path.join(folder, 'ca.crt');
}
