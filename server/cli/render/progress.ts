// How far a start or a stop is, on stderr: on a terminal one live line with times and how to
// cancel, otherwise a plain line for each step.

import type { EngineEvent } from '../../engine/api.ts';
import type { Style } from './style.ts';
import { printable } from './style.ts';

export interface Progress extends Disposable {
  onEvent(event: EngineEvent): void;
  /** The work is done; says so if there was any. */
  succeed(): void;
}

export interface ProgressOptions {
  readonly write: (text: string) => void;
  readonly style: Style;
  /** Columns of the terminal, for the live line. */
  readonly columns: () => number;
  /** What is going on as a whole, such as `Start sandbox 'app'`. */
  readonly title: string;
  readonly now: () => number;
}

interface Step {
  readonly name: string;
  readonly since: number;
  amount: string;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;
const eraseLine = '\r\x1b[2K';

const phaseNames = {
  preparing: 'prepare',
  booting: 'boot',
  configuring: 'configure',
  running: '',
  stopping: 'stop',
} as const;

export function createProgress(options: ProgressOptions): Progress {
  const { write, style, now } = options;
  const done: string[] = [];
  let step: Step | undefined;
  let since: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let frame = 0;

  const draw = (): void => {
    if (step === undefined || since === undefined) return;
    const mark = style.green(frames[frame++ % frames.length] ?? '');
    const plain = `${options.title}: ${step.name}${step.amount} ${seconds(now() - since)}`;
    const hint = '  Ctrl+C cancels';
    const room = options.columns() - 3;
    const shown = plain.length + hint.length <= room ? plain + style.dim(hint) : plain.slice(0, room);
    write(`${eraseLine}${mark} ${shown}`);
  };
  const finish = (): void => {
    if (step !== undefined) done.push(`${step.name} ${seconds(now() - step.since)}`);
    step = undefined;
  };
  const enter = (name: string, amount: string): void => {
    since ??= now();
    if (step?.name !== name) {
      finish();
      step = { name, since: now(), amount };
      if (!style.live) write(`${options.title}: ${name}\n`);
    }
    step.amount = amount;
    if (!style.live) return;
    timer ??= setInterval(draw, frameMs).unref();
    draw();
  };
  const clear = (): void => {
    clearInterval(timer);
    timer = undefined;
    if (style.live && since !== undefined) write(eraseLine);
  };

  return {
    onEvent: (event) => {
      if (event.kind === 'image' && event.stage === 'importing') {
        enter('import image', amountOf(event.done, event.total));
      } else if (event.kind === 'phase') {
        const name = phaseNames[event.phase];
        if (name === '') finish();
        else enter(name, '');
      }
    },
    succeed: () => {
      if (since === undefined) return;
      finish();
      clear();
      const times = done.length > 0 ? ` (${done.join(', ')})` : '';
      const mark = style.live ? `${style.green('✓')} ` : '';
      write(`${mark}${options.title}: done in ${seconds(now() - since)}${style.dim(times)}\n`);
      since = undefined;
    },
    [Symbol.dispose]: () => {
      clear();
      if (since === undefined) return;
      if (style.live) write(`${style.red('✗')} ${options.title}\n`);
      since = undefined;
    },
  };
}

/** Titles name sandboxes, and those come from a file. */
export function title(verb: string, names: readonly string[]): string {
  return names.length === 1 ? `${verb} sandbox '${printable(names[0] ?? '')}'` : `${verb} sandboxes`;
}

function amountOf(done: number, total: number): string {
  const mib = (bytes: number): string => (bytes / 1024 ** 2).toFixed(1);
  return total > 0 ? ` ${mib(done)}/${mib(total)} MiB` : '';
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
