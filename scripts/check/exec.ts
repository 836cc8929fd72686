import { spawn } from 'node:child_process';
import { root } from '../build/paths.ts';
import type { Context, Outcome } from './task.ts';

export interface ExecOptions {
  readonly cwd?: string;
  /** In place of the context's. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Sees the output's lines instead of the context. */
  readonly onLine?: (line: string) => void;
}

/** Runs a program to its end and returns whether it succeeded. */
export async function exec(
  context: Context,
  program: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<boolean> {
  const child = spawn(program, args, {
    cwd: options.cwd ?? root,
    env: options.environment ?? context.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: context.signal,
  });
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (!options.onLine) return context.print(text);
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(options.onLine);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => context.print(text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (rest !== '') options.onLine?.(rest);
      resolve(code === 0);
    });
  });
}

/** The outcome of a check without parts. */
export function single(good: boolean): Outcome {
  return good ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}
