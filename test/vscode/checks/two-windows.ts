import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { processesOf } from '../../support/processes.ts';
import type { Editor } from '../support/session.ts';

const sandboxfile = `sandboxes:
  app:
    image: builtin:busybox
    memory: 128
    scope: none
    scripts:
      start: echo hello-$((40+2)); exec sleep 600
`;

export async function twoWindows(t: TestContext, editor: Editor): Promise<void> {
  await editor.withProject(t, { Sandboxfile: sandboxfile }, async ({ workbench, place, folder }) => {
    const other = await editor.open(folder, 'two-windows-other');
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
}
