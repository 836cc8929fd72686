// Raw mode of the local terminal. It is left in every ending that a process sees of itself.

import { spawnSync } from 'node:child_process';
import type { ReadStream } from 'node:tty';

export function enterRawMode(terminal: ReadStream): Disposable {
  const leave = (): void => {
    if (terminal.isRaw) terminal.setRawMode(false);
  };
  // Before raw mode begins, so that there is no moment without it. Also runs after an uncaught error.
  process.on('exit', leave);
  terminal.setRawMode(true);
  // Node leaves output processing on, which would turn the guest's bare line feeds into new lines.
  // Leaving raw mode restores this too. Without stty most programs look right all the same.
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
  return {
    [Symbol.dispose]: () => {
      process.off('exit', leave);
      leave();
    },
  };
}
