import { constants } from 'node:os';
import type { ExitStatus } from '../../engine/api.ts';
import type { Context } from '../context.ts';
import type { Style } from '../render/style.ts';
import { nextKey } from './keys.ts';

/** A stopped sandbox ends its programs this way: that was somebody's wish. */
const STOPPING = [constants.signals.SIGHUP, constants.signals.SIGTERM, constants.signals.SIGKILL];

export function wasStopped({ signal, outOfMemory }: ExitStatus): boolean {
  return !outOfMemory && STOPPING.some((each) => each === signal);
}

function ending(status: ExitStatus, style: Style): string {
  if (status.outOfMemory) return style.red('out of memory');
  if (wasStopped(status)) return style.yellow('stopped');
  const text = `exit status ${String(status.code)}`;
  return status.code === 0 ? style.green(text) : style.red(text);
}

const enter = ['\r', '\n'];

/** Keeps what the program printed on screen. Resolves to whether it is to run once more. */
export async function askWhatNext(context: Context, status: ExitStatus): Promise<boolean> {
  const { stderr, errorStyle, interrupts } = context;
  const hint = errorStyle.dim('  R runs it again, Enter closes the terminal');
  await stderr.write(`\r\n${ending(status, errorStyle)}${hint}\r\n`);
  for (;;) {
    const key = await nextKey(interrupts);
    if (key === '' || enter.includes(key)) return false;
    if (key.toLowerCase() === 'r') return true;
  }
}
