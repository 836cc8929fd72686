// Checks that run the product's code.

import { glob, rm } from 'node:fs/promises';
import path from 'node:path';
import { bringUpToDate } from '../build/builder.ts';
import { findGo } from '../build/go.ts';
import { dist, native, root } from '../build/paths.ts';
import { hostPlatform, platforms } from '../build/platform.ts';
import { stepsFor } from '../build/steps.ts';
import { packageExtension } from '../package/vsix.ts';
import { exec, single } from './exec.ts';
import type { Context, Outcome, Task } from './task.ts';
import { obtainVsCodeServer } from './vscode-server.ts';

export const build: Task = {
  name: 'build',
  run: async () => {
    await bringUpToDate(stepsFor([hostPlatform()]));
    return single(true);
  },
};

/** Every platform builds, wherever we are. */
export const cross: Task = {
  name: 'cross-build',
  run: async () => {
    await bringUpToDate(stepsFor(platforms));
    return single(true);
  },
};

export const architecture: Task = {
  name: 'architecture',
  run: (context) => nodeTests(context, ['test/architecture/**/*.test.ts']),
};

export const unit: Task = {
  name: 'unit',
  run: (context) => nodeTests(context, ['{server,scripts,extension,test/language}/**/*.test.ts']),
};

/** The packaged extension in a real editor; last, since everything under it has been tested by then. */
export const vscode: Task = {
  name: 'vscode',
  alone: true,
  run: async (context) => {
    const [server, vsix] = [await obtainVsCodeServer(), await packageExtension(hostPlatform())];
    const artifacts = path.join(dist, 'artifacts/vscode');
    await rm(artifacts, { recursive: true, force: true });
    const environment = {
      ...context.environment,
      SANDBOXFILE_VSCODE_SERVER: server.folder,
      SANDBOXFILE_VSIX: vsix,
      SANDBOXFILE_ARTIFACTS: artifacts,
    };
    return nodeTests({ ...context, environment }, ['test/vscode/**/*.test.ts'], ['--test-concurrency=1']);
  },
};

/** Each of these starts microVMs, which mostly wait for one emulated processor: two files at a time. */
export const vm: Task = {
  name: 'vm',
  alone: true,
  run: (context) => nodeTests(context, ['test/vm/**/*.test.ts'], ['--test-concurrency=2']),
};

async function nodeTests(
  context: Context,
  patterns: readonly string[],
  options: readonly string[] = [],
): Promise<Outcome> {
  const files: string[] = [];
  for await (const file of glob(patterns, { cwd: root })) files.push(file);
  if (files.length === 0) throw new Error(`no test matches ${patterns.join(' ')}`);
  const counts = { pass: 0, fail: 0, cancelled: 0 };
  const good = await exec(
    context,
    process.execPath,
    ['--test', '--test-reporter=spec', ...options, ...files.sort()],
    {
      onLine: (line) => {
        const [, what, count] = /^ℹ (pass|fail|cancelled) (\d+)$/.exec(line) ?? [];
        if (what === 'pass' || what === 'fail' || what === 'cancelled') counts[what] = Number(count);
        context.print(`${line}\n`);
      },
    },
  );
  const failed = counts.fail + counts.cancelled;
  return { passed: counts.pass, failed: good ? failed : Math.max(failed, 1) };
}

export const go: Task = {
  name: 'go',
  run: async (context) => {
    const toolchain = await findGo();
    const environment = toolchain.environment(undefined, context.environment);
    const outcome = { passed: 0, failed: 0 };
    // Go's own 10 minutes a package are for machines that do nothing else.
    const good = await exec(context, toolchain.program, ['test', '-json', '-timeout=40m', './...'], {
      cwd: native,
      environment,
      onLine: (line) => countGoEvent(line, outcome, context),
    });
    return { ...outcome, failed: good ? outcome.failed : Math.max(outcome.failed, 1) };
  },
};

interface GoEvent {
  readonly Action: string;
  readonly Test?: string;
  readonly Output?: string;
}

function countGoEvent(line: string, outcome: { passed: number; failed: number }, context: Context): void {
  const event = JSON.parse(line) as GoEvent;
  if (event.Output) context.print(event.Output);
  if (event.Test === undefined) return;
  if (event.Action === 'pass') outcome.passed++;
  if (event.Action === 'fail') outcome.failed++;
}
