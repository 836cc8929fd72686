// How far something long is, on stderr: on a terminal one live line with times and how to cancel,
// above it the layers of an image that is on its way; otherwise a plain line for each step. What is
// over at once is not worth a line: joining a sandbox that runs already shows nothing.

import type { EngineEvent } from '../../engine/api.ts';
import { formatBytes } from './bytes.ts';
import { LayerBoard, shortDigest } from './layers.ts';
import type { Style } from './style.ts';
import { printable } from './style.ts';
import { cut, width } from './width.ts';

export interface Progress extends Disposable {
  onEvent(event: EngineEvent): void;
  /** The work is done; says so if it was long enough to be shown. */
  succeed(): void;
}

export interface ProgressOptions {
  readonly screen: ProgressScreen;
  readonly style: Style;
  /** What is going on as a whole, such as `Start sandbox 'app'`. */
  readonly title: string;
  /** What happens before the first event, or without any. */
  readonly firstStep?: string;
  readonly now: () => number;
}

/** Where progress is shown. */
export interface ProgressScreen {
  readonly columns: number;
  readonly rows: number;
  draw(lines: readonly string[]): void;
  print(text: string): void;
  clear(): void;
}

interface Step {
  readonly name: string;
  readonly since: number;
  amount: string;
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

const imageSteps = {
  resolving: 'resolve image',
  downloading: 'download image',
  importing: 'import image',
  pushing: 'push image',
  saving: 'save image',
  committing: 'take over changes',
  ready: '',
} as const;

const snapshotSteps = { exporting: 'write', importing: 'read and check', ready: '' } as const;

const forkSteps = { saving: 'copy memory and disk', starting: 'start copies', ready: '' } as const;

export function createProgress(options: ProgressOptions): Progress {
  const { screen, style, now, title } = options;
  const spent = new Map<string, number>();
  const announced = new Set<string>();
  let layers = new LayerBoard();
  let step: Step | undefined;
  let since: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let shown = false;
  let frame = 0;

  const tick = (): void => {
    if (step === undefined || since === undefined) return;
    if (style.live)
      screen.draw([...layers.lines(screen.columns, screen.rows - 1, style), liveLine(step, since)]);
    else announce(step);
    shown = true;
  };
  const announce = ({ name }: Step): void => {
    if (announced.has(name)) return;
    announced.add(name);
    screen.print(`${title}: ${name}\n`);
  };
  const liveLine = (current: Step, start: number): string => {
    const mark = style.green(frames[frame++ % frames.length] ?? '');
    const text = `${title}: ${current.name}${current.amount} ${seconds(now() - start)}`;
    const hint = '  Ctrl+C cancels';
    const room = screen.columns - 2;
    const fitting = width(text) + hint.length <= room ? text + style.dim(hint) : cut(text, room);
    return `${mark} ${fitting}`;
  };
  const leaveStep = (): void => {
    if (step !== undefined) spent.set(step.name, (spent.get(step.name) ?? 0) + now() - step.since);
    step = undefined;
  };
  const enter = (name: string, amount: string): void => {
    since ??= now();
    timer ??= setInterval(tick, frameMs).unref();
    if (step?.name !== name) {
      leaveStep();
      step = { name, since: now(), amount };
    }
    step.amount = amount;
  };
  const onLayer = (event: Extract<EngineEvent, { kind: 'layer' }>): void => {
    if (!layers.update(event) || style.live || event.stage !== 'done') return;
    if (step !== undefined) announce(step);
    const size = event.total > 0 ? ` ${formatBytes(event.total, 1)}` : '';
    screen.print(`${title}: layer ${shortDigest(event.digest)}${size} done\n`);
    shown = true;
  };
  const end = (line: string): void => {
    clearInterval(timer);
    if (!shown) return;
    shown = false;
    screen.clear();
    screen.print(line);
  };

  if (options.firstStep !== undefined) enter(options.firstStep, '');
  return {
    onEvent: (event) => {
      if (event.kind === 'layer') return onLayer(event);
      // The image is there; what follows is not about its layers.
      if (event.kind === 'image' && event.stage === 'ready') layers = new LayerBoard();
      const name = stepOf(event);
      if (name === '') leaveStep();
      else if (name !== undefined) enter(name, amountIn(event));
    },
    succeed: () => {
      leaveStep();
      const mark = style.live ? `${style.green('✓')} ` : '';
      const took = seconds(now() - (since ?? now()));
      const parts = [...spent].map(([name, ms]) => `${name} ${seconds(ms)}`);
      end(`${mark}${title}: done in ${took}${style.dim(` (${parts.join(', ')})`)}\n`);
    },
    [Symbol.dispose]: () => {
      end(style.live ? `${style.red('✗')} ${title}\n` : '');
    },
  };
}

/** Titles name sandboxes and images, and those come from a file. */
export function sandboxTitle(verb: string, names: readonly string[]): string {
  return names.length === 1 ? `${verb} sandbox '${printable(names[0] ?? '')}'` : `${verb} sandboxes`;
}

export function imageTitle(verb: string, image: string): string {
  return `${verb} image '${printable(image)}'`;
}

/** Empty: the step before is over and none follows at once. Undefined: no step begins. */
function stepOf(event: EngineEvent): string | undefined {
  if (event.kind === 'phase') return phaseNames[event.phase];
  if (event.kind === 'snapshot') return snapshotSteps[event.stage];
  if (event.kind === 'fork') return forkSteps[event.stage];
  return event.kind === 'image' ? imageSteps[event.stage] : undefined;
}

function amountIn(event: EngineEvent): string {
  if (event.kind === 'image' || event.kind === 'snapshot') return amountOf(event.done, event.total);
  if (event.kind !== 'fork' || event.stage !== 'starting') return '';
  return ` ${String(event.done)}/${String(event.total)}`;
}

function amountOf(done: number, total: number): string {
  if (total > 0) return ` ${formatBytes(done, 1)}/${formatBytes(total, 1)}`;
  return done > 0 ? ` ${formatBytes(done, 1)}` : '';
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
