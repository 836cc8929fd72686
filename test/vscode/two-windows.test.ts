import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processesOf } from '../support/processes.ts';
import { withEditor } from './support/session.ts';
import { Workbench } from './support/workbench.ts';

const deadline = { timeout: 240_000 };

const sandboxfile = `sandboxes:
  app:
    image: builtin:busybox
    memory: 128
    scope: none
    scripts:
      start: echo hello-$((40+2)); exec sleep 600
`;

test('two windows start the same sandbox: one VM, both attached', deadline, async (t) => {
  await withEditor(t, sandboxfile, async ({ workbench, place, browser, server }) => {
    const other = await Workbench.open(browser, server, place.project, 'two-windows-other');
    const windows = [workbench, other];
    for (const each of windows) {
      await each.openSandboxesView();
      await each.treeRow('app').waitFor();
    }
    await Promise.all(windows.map((each) => each.command('Sandboxfile: Run Sandbox')));
    await Promise.all(windows.map((each) => each.choose('app')));
    await Promise.all(windows.map((each) => each.answerDialog('Start')));
    for (const each of windows) {
      await each.waitForTerminal(/hello-42/);
      await each.treeRow(/app.*running/).waitFor();
      await each.screenshot('attached');
    }
    // By supervisors: a template for later starts may boot beside the one VM.
    const supervisors = (await processesOf(place.home)).filter(({ command }) => command.endsWith('/menv vm'));
    assert.equal(supervisors.length, 1);
    await other.close();
  });
});
