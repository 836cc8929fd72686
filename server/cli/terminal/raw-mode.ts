// Raw mode of the local terminal. It is left in every ending that a process sees of itself.

import type { ReadStream } from 'node:tty';

export function enterRawMode(terminal: ReadStream): Disposable {
  const leave = (): void => {
    if (terminal.isRaw) terminal.setRawMode(false);
  };
  // Before raw mode begins, so that there is no moment without it. Also runs after an uncaught error.
  process.on('exit', leave);
  terminal.setRawMode(true);
  return {
    [Symbol.dispose]: () => {
      process.off('exit', leave);
      leave();
    },
  };
}
