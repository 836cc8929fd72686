// Everything that needs no editor of its own, in one.

import { after, test } from 'node:test';
import { badInput } from './checks/bad-input.ts';
import { companion } from './checks/companion.ts';
import { commands } from './checks/commands.ts';
import { features } from './checks/features.ts';
import { holding } from './checks/hold.ts';
import { reloadWhileStarting } from './checks/reload.ts';
import { runAndReload } from './checks/run.ts';
import { snapshots } from './checks/snapshots.ts';
import { tasksAndProblems } from './checks/tasks.ts';
import { twoWindows } from './checks/two-windows.ts';
import { Editor } from './support/session.ts';

const deadline = { timeout: 480_000 };
const editor = await Editor.start({ companion: true });
after(() => editor[Symbol.asyncDispose]());

test('run, a second terminal, reload, restart, reset', deadline, (t) => runAndReload(t, editor));
test('a reload in the middle of a start', deadline, (t) => reloadWhileStarting(t, editor));
test('files, dashboard, log, task and a VM that is killed from outside', deadline, (t) =>
  features(t, editor),
);
test('tasks, their problems and what they wait for', deadline, (t) => tasksAndProblems(t, editor));
test('snapshots and forks', deadline, (t) => snapshots(t, editor));
test('paused, resumed, saved, and run after a reload', deadline, (t) => holding(t, editor));
test('a sandbox is added, an image is asked for', deadline, (t) => commands(t, editor));
test('another extension, a port, a watched file and parts that are gone', deadline, (t) =>
  companion(t, editor),
);
test('two windows start the same sandbox: one VM, both attached', deadline, (t) => twoWindows(t, editor));
test('bad input: what happened and what to do', deadline, (t) => badInput(t, editor));
