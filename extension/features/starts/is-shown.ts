import { connect } from 'node:net';
import { IS_SHOWN } from '../../../server/cli/editor-terminal/report.ts';

/** Whether the window that listens at `reports` has a page; without an answer in time it has none. */
export function isShown(reports: string, patienceMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(reports, () => socket.write(`${IS_SHOWN}\n`));
  socket.setTimeout(patienceMs, () => socket.destroy());
  socket.once('data', () => {
    resolve(true);
    socket.destroy();
  });
  // Nobody listens there; its close follows.
  socket.on('error', () => undefined);
  socket.once('close', () => resolve(false));
  return promise;
}
