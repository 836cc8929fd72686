import type { WriteStream } from 'node:tty';
import type { Program, WindowSize } from '../../engine/api.ts';

/** Some terminals do not know their size; programs take 0 badly. */
const unknownSize: WindowSize = { rows: 24, cols: 80 };

export function windowSize(terminal: WriteStream): WindowSize {
  return { rows: terminal.rows || unknownSize.rows, cols: terminal.columns || unknownSize.cols };
}

/** Keeps the program's terminal as big as the local one. `sent`: the size the program began with, where that is known. */
export function followWindow(
  terminal: WriteStream,
  program: Program,
  sent: WindowSize | undefined,
): Disposable {
  let current = sent;
  let busy = false;
  const follow = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    // One request at a time, the newest size wins.
    for (let size = windowSize(terminal); !same(size, current); size = windowSize(terminal)) {
      current = size;
      await program.resize(size).catch(() => undefined);
    }
    busy = false;
  };
  const onResize = (): void => void follow();
  terminal.on('resize', onResize);
  onResize();
  return { [Symbol.dispose]: () => terminal.off('resize', onResize) };
}

function same(a: WindowSize, b: WindowSize | undefined): boolean {
  return a.rows === b?.rows && a.cols === b.cols;
}
