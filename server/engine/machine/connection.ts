import * as http2 from 'node:http2';
import type * as net from 'node:net';
import { createConnectTransport } from '@connectrpc/connect-node';
import type { Transport } from '@connectrpc/connect';

/**
 * One HTTP/2 connection to one supervisor. It lives as long as that supervisor: its end is the end
 * of the run, and nothing reconnects. While no call is under way it does not keep Node alive.
 */
export interface Connection {
  readonly transport: Transport;
  readonly closed: boolean;
  /** Resolves when the supervisor or `close` ended the connection. */
  readonly ended: Promise<void>;
  close(): void;
}

// The stream's window bounds what one unread program can pile up here; the connection's window is
// large enough that 64 unread streams do not stall the others.
const STREAM_WINDOW = 1 << 20;
const CONNECTION_WINDOW = 64 << 20;
const MAX_FRAME = 256 << 10;
/** Node's accounting of a session, in MB: window plus what waits to be sent. */
const SESSION_MEMORY_MB = 128;
/** No host name is ever looked up: the socket is already connected. */
const AUTHORITY = 'http://sandbox';
/** Unary answers and stream messages; the contract's bound is 1 MiB. */
const MAX_MESSAGE = 2 << 20;

export class SocketConnection implements Connection {
  readonly transport: Transport;
  readonly ended: Promise<void>;
  readonly #session: http2.ClientHttp2Session;
  #active = 0;

  constructor(socket: net.Socket) {
    const session = http2.connect(AUTHORITY, {
      createConnection: () => socket,
      settings: { initialWindowSize: STREAM_WINDOW, maxFrameSize: MAX_FRAME, enablePush: false },
      maxSessionMemory: SESSION_MEMORY_MB,
    });
    this.#session = session;
    session.once('connect', () => {
      session.setLocalWindowSize(CONNECTION_WINDOW);
    });
    this.ended = new Promise((resolve) => {
      session.once('close', resolve);
    });
    // Each call under way gets the error through its own stream.
    session.on('error', () => undefined);
    session.unref();
    this.transport = createConnectTransport({
      baseUrl: AUTHORITY,
      httpVersion: '2',
      sessionManager: {
        authority: AUTHORITY,
        request: (method, path, headers, options) => this.#request(method, path, headers, options),
        notifyResponseByteRead: () => undefined,
      },
      acceptCompression: [],
      readMaxBytes: MAX_MESSAGE,
    });
  }

  get closed(): boolean {
    return this.#session.closed || this.#session.destroyed;
  }

  close(): void {
    this.#session.destroy();
  }

  #request(
    method: string,
    path: string,
    headers: http2.OutgoingHttpHeaders,
    options: Omit<http2.ClientSessionRequestOptions, 'signal'>,
  ): Promise<http2.ClientHttp2Stream> {
    if (this.closed) return Promise.reject(new Error('connection is closed'));
    const stream = this.#session.request({ ...headers, ':method': method, ':path': path }, options);
    if (this.#active++ === 0) this.#session.ref();
    stream.once('close', () => {
      if (--this.#active === 0 && !this.closed) this.#session.unref();
    });
    return Promise.resolve(stream);
  }
}
