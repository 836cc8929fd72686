import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Editor } from '../support/session.ts';
import type { Workbench } from '../support/workbench.ts';

const sandboxfile = `sandboxes:
  web:
    image: builtin:busybox
    memory: 128
    scope: none
    scripts:
      start: |
        echo x >> /root/runs
        echo "run $(wc -l < /root/runs) of $(hostname)"
        exec sleep 600
`;

/** A start goes on when the window is reloaded in the middle of it, and has one terminal afterwards. */
export async function reloadWhileStarting(t: TestContext, editor: Editor): Promise<void> {
  await editor.withProject(t, { Sandboxfile: sandboxfile }, async ({ workbench }) => {
    await workbench.openSandboxesView();
    await workbench.treeRow('web').waitFor();
    await workbench.command('Sandboxfile: Run Sandbox');
    await workbench.choose('web');
    // A reload at the very first sign, before there is a terminal: the start goes on.
    await workbench.reloadOn(/web.*(starting|preparing|booting|configuring|running)/, () =>
      workbench.answerDialog('Start'),
    );
    await startedOnce(workbench, /run 1 of web/);
    await workbench.screenshot('reloaded-before-terminal');

    // And one when the start has a terminal that the editor may not remember yet.
    await workbench.reloadOn(/web.*(booting|configuring|running)/, async () => {
      await workbench.command('Sandboxfile: Restart');
      await workbench.choose('web');
    });
    await startedOnce(workbench, /run 2 of web/);
    await workbench.screenshot('reloaded-while-starting');
  });
}

/** It runs, its terminal is there with what it printed, and no other one. */
async function startedOnce(workbench: Workbench, output: RegExp): Promise<void> {
  await workbench.treeRow(/web.*running/).waitFor();
  await workbench.showTerminal('web');
  await workbench.waitForTerminal(output);
  assert.equal(await workbench.terminalTabs('web').count(), 1);
}
