import * as net from 'node:net';
import { errnoOf, SandboxError } from '../errors/index.ts';

/** Undefined when nobody listens: the sandbox does not run. */
export function openSocket(path: string, sandbox: string): Promise<net.Socket | undefined> {
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
    // The listener went before it had accepted: its process ends, or was killed a moment ago.
    case 'ECONNRESET':
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
