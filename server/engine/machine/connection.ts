import * as http2 from 'node:http2';
import * as net from 'node:net';
import { createConnectTransport } from '@connectrpc/connect-node';
import type { Transport } from '@connectrpc/connect';
import { errnoOf, SandboxError } from '../errors/index.ts';

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

/** Undefined when nobody listens: the sandbox does not run. */
export async function connect(socketPath: string, sandbox: string): Promise<Connection | undefined> {
  const socket = await open(socketPath, sandbox);
  return socket === undefined ? undefined : new SocketConnection(socket);
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

class SocketConnection implements Connection {
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

function open(path: string, sandbox: string): Promise<net.Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path);
    socket.once('connect', () => {
      socket.off('error', onError);
      resolve(socket);
    });
    socket.once('error', onError);
    function onError(error: Error): void {
      const failure = connectFailure(error, path, sandbox);
      if (failure === undefined) resolve(undefined);
      else reject(failure);
    }
  });
}

/** Undefined: nobody listens there. */
function connectFailure(error: Error, path: string, sandbox: string): SandboxError | undefined {
  switch (errnoOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ECONNREFUSED':
      return undefined;
    // What the system says of a path that does not fit its address.
    case 'EINVAL':
    case 'ENAMETOOLONG':
      return new SandboxError('SOCKET_PATH_TOO_LONG', { subject: path });
    // Nobody has accepted for so long that the backlog is full.
    case 'EAGAIN':
      return new SandboxError('UNRESPONSIVE', { subject: sandbox, cause: error });
    default:
      return new SandboxError('RUN_FOLDER', { subject: path, cause: error });
  }
}
