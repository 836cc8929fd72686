// How far a start or a stop is, on stderr: on a terminal one live line with times and how to
// cancel, otherwise a plain line for each step. What is over at once is not worth a line: joining a
// sandbox that runs already shows nothing.

import type { EngineEvent } from '../../engine/api.ts';
import type { Style } from './style.ts';
import { eraseLine, printable } from './style.ts';

export interface Progress extends Disposable {
  onEvent(event: EngineEvent): void;
  /** The work is done; says so if it was long enough to be shown. */
  succeed(): void;
}

export interface ProgressOptions {
  readonly write: (text: string) => void;
  readonly style: Style;
  /** Columns of the terminal, for the live line. */
  readonly columns: () => number;
  /** What is going on as a whole, such as `Start sandbox 'app'`. */
  readonly title: string;
  /** What happens before the first event, or without any. */
  readonly firstStep?: string;
  readonly now: () => number;
}

interface Step {
  readonly name: string;
  readonly since: number;
  amount: string;
  announced: boolean;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;

const phaseNames = {
  preparing: 'prepare',
  booting: 'boot',
  configuring: 'configure',
  running: '',
  stopping: 'stop',
} as const;

export function createProgress(options: ProgressOptions): Progress {
  const { write, style, now, title } = options;
  const done: string[] = [];
  let step: Step | undefined;
  let since: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let shown = false;
  let frame = 0;

  const tick = (): void => {
    if (step === undefined || since === undefined) return;
    if (style.live) write(eraseLine + liveLine(step, since));
    else if (!step.announced) write(`${title}: ${step.name}\n`);
    step.announced = true;
    shown = true;
  };
  const liveLine = (current: Step, start: number): string => {
    const mark = style.green(frames[frame++ % frames.length] ?? '');
    const text = `${title}: ${current.name}${current.amount} ${seconds(now() - start)}`;
    const hint = '  Ctrl+C cancels';
    const room = options.columns() - 3;
    const fitting = text.length + hint.length <= room ? text + style.dim(hint) : text.slice(0, room);
    return `${mark} ${fitting}`;
  };
  const leaveStep = (): void => {
    if (step !== undefined) done.push(`${step.name} ${seconds(now() - step.since)}`);
    step = undefined;
  };
  const enter = (name: string, amount: string): void => {
    since ??= now();
    timer ??= setInterval(tick, frameMs).unref();
    if (step?.name !== name) {
      leaveStep();
      step = { name, since: now(), amount, announced: false };
    }
    step.amount = amount;
  };
  const end = (line: string): void => {
    clearInterval(timer);
    if (shown) write(`${style.live ? eraseLine : ''}${line}`);
    shown = false;
  };

  if (options.firstStep !== undefined) enter(options.firstStep, '');
  return {
    onEvent: (event) => {
      if (event.kind === 'image' && event.stage === 'importing') {
        enter('import image', amountOf(event.done, event.total));
      } else if (event.kind === 'phase') {
        const name = phaseNames[event.phase];
        if (name === '') leaveStep();
        else enter(name, '');
      }
    },
    succeed: () => {
      leaveStep();
      const mark = style.live ? `${style.green('✓')} ` : '';
      const took = seconds(now() - (since ?? now()));
      end(`${mark}${title}: done in ${took}${style.dim(` (${done.join(', ')})`)}\n`);
    },
    [Symbol.dispose]: () => {
      end(style.live ? `${style.red('✗')} ${title}\n` : '');
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
