// usage: test [TASK...]    runs the whole suite, or only these tasks of it

import { inspect } from 'node:util';
import { Playground } from './check/leftovers.ts';
import { lintGo } from './check/golint.ts';
import { format, generated, lint, types } from './check/sources.ts';
import type { Outcome, Task } from './check/task.ts';
import { architecture, build, cross, go, unit, vm, vscode } from './check/tests.ts';

/** How many tasks run at once; most of them use more than one core themselves. */
const width = 2;

/** In order; `build` makes what the others run. */
const suite: readonly Task[] = [
  build,
  generated,
  types,
  lint,
  format,
  lintGo,
  architecture,
  unit,
  go,
  cross,
  vm,
  vscode,
];
const needBuild: readonly Task[] = [unit, vm, vscode];

const names = process.argv.slice(2);
const unknown = names.filter((name) => !suite.some((task) => task.name === name));
if (unknown.length > 0) throw new Error(`no such task: ${unknown.join(', ')}`);
const chosen = suite.filter((task) => names.length === 0 || names.includes(task.name));

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
}

const total = { passed: 0, failed: 0 };
const playground = await Playground.create();
try {
  if (needBuild.some((task) => chosen.includes(task)) || chosen.includes(build)) await perform(build);
  // Without a build the rest would fail for the same reason again.
  if (total.failed === 0) {
    const rest = chosen.filter((task) => task !== build);
    await performAll(rest.filter((task) => !task.alone));
    for (const task of rest.filter((each) => each.alone)) await perform(task);
  }
} finally {
  const leftovers = await playground.clear();
  add(leftovers.length === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: leftovers.length });
  for (const leftover of leftovers) console.log(`left over: ${leftover}`);
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

async function performAll(tasks: readonly Task[]): Promise<void> {
  const queue = [...tasks];
  const worker = async (): Promise<void> => {
    for (let task = queue.shift(); task; task = queue.shift()) await perform(task);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

async function perform(task: Task): Promise<void> {
  const started = performance.now();
  const output: string[] = [];
  const print = (text: string): void => {
    if (task.alone) process.stdout.write(text);
    else output.push(text);
  };
  const outcome = await outcomeOf(task, print);
  add(outcome);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (outcome.failed > 0) process.stdout.write(output.join(''));
  const verdict = outcome.failed === 0 ? 'ok  ' : 'FAIL';
  console.log(`${verdict} ${task.name}: ${outcome.passed} passed, ${outcome.failed} failed, ${seconds} s`);
}

async function outcomeOf(task: Task, print: (text: string) => void): Promise<Outcome> {
  try {
    interrupted.signal.throwIfAborted();
    return await task.run({ environment: playground.environment, signal: interrupted.signal, print });
  } catch (error) {
    print(`${error instanceof Error ? (error.stack ?? error.message) : inspect(error)}\n`);
    return { passed: 0, failed: 1 };
  }
}

function add(outcome: Outcome): void {
  total.passed += outcome.passed;
  total.failed += outcome.failed;
}
