// Test fixture: runs its arguments as a local process the way `msb run` runs a guest program.
// What is under test is our end: streams, signals, the terminal. usage: foreground.fixture.ts owned|joined CMD ARGS...

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { OutputChunk, Program, Sandbox } from '../../engine/api.ts';
import { createContext } from '../context.ts';
import { runInForeground } from './foreground.ts';
import { windowSize } from './window.ts';

const [mode, command = '', ...args] = process.argv.slice(2);
const context = createContext('info');
const tty = context.interactive ? windowSize(process.stdout) : undefined;
// A process group of its own: signals reach it through us only.
const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
const exited = once(child, 'close').then(([code, name]: (number | NodeJS.Signals | null)[]) => {
  const signal = typeof name === 'string' ? constants.signals[name] : 0;
  return { code: typeof code === 'number' ? code : 128 + signal, signal, outOfMemory: false };
});

async function* output(): AsyncGenerator<OutputChunk> {
  const queue: OutputChunk[] = [];
  let wake: () => void = () => undefined;
  let open = 2;
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (data: Buffer) => {
      queue.push({ stream, data });
      child.stdout.pause();
      child.stderr.pause();
      wake();
    });
    child[stream].on('end', () => {
      open -= 1;
      wake();
    });
  }
  while (open > 0 || queue.length > 0) {
    const chunk = queue.shift();
    if (chunk !== undefined) yield chunk;
    else {
      child.stdout.resume();
      child.stderr.resume();
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
}

function signalGroup(signal: number): Promise<void> {
  if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
  return Promise.resolve();
}

const program: Program = {
  id: 'main',
  output: output(),
  exit: exited,
  write: (data) =>
    new Promise((resolve, reject) => {
      child.stdin.write(data, (error) => (error ? reject(error) : resolve()));
    }),
  end: () => new Promise((resolve) => child.stdin.end(resolve)),
  resize: (size) => {
    process.stderr.write(`resized to ${size.rows}x${size.cols}\n`);
    return Promise.resolve();
  },
  kill: signalGroup,
  detach: () => undefined,
};
child.stdin.on('error', () => undefined);

const sandbox = {
  name: 'local',
  stop: () => {
    process.stderr.write('sandbox stopped\n');
    return signalGroup(constants.signals.SIGKILL);
  },
  ended: exited.then((mainExit) => {
    process.stderr.write('sandbox down\n');
    return { clean: true, mainExit };
  }),
} satisfies Pick<Sandbox, 'name' | 'stop' | 'ended'> as unknown as Sandbox;

const code = await runInForeground(context, { program, sandbox, owned: mode === 'owned', tty });
await context.stdout.flush();
process.exit(code);
