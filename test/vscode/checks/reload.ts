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

/** A start goes on when the window is reloaded or lost in the middle of it, and has one terminal afterwards. */
export async function reloadWhileStarting(t: TestContext, editor: Editor): Promise<void> {
  await editor.withProject(t, { Sandboxfile: sandboxfile }, async ({ workbench }) => {
    await workbench.openSandboxesView();
    await workbench.treeRow('web').waitFor();
    await workbench.command('Sandboxfile: Run Sandbox');
    await workbench.choose('web');
    // Lost at the very first sign, before there is a terminal: nobody has told the server, which keeps the
    // window's extension host, and nothing was written that the page is slow to write.
    await workbench.answerDialog('Start');
    await workbench.treeRow(/web.*(starting|preparing|booting|configuring|running)/).waitFor();
    await workbench.crash();
    await workbench.openSandboxesView();
    await startedOnce(workbench, /run 1 of web/);
    await workbench.screenshot('lost-before-terminal');

    // A reload in that moment, or where the editor draws too late to show it, just after. What was agreed to is not
    // asked again.
    const restart = async (): Promise<void> => {
      await workbench.command('Sandboxfile: Restart');
      await workbench.choose('web');
    };
    await workbench.reloadOn(/web.*(starting|preparing|booting|configuring|running)/, restart);
    await startedOnce(workbench, /run 2 of web/);
    await workbench.screenshot('reloaded-before-terminal');

    // And one when the start has a terminal: the editor may not remember it yet, or not that it was in view.
    await workbench.reloadOn(/web.*(booting|configuring|running)/, restart);
    await startedOnce(workbench, /run 3 of web/);
    await workbench.screenshot('reloaded-with-young-terminal');
  });
}

/** It runs, its terminal is there with what it printed, and no other one. */
async function startedOnce(workbench: Workbench, output: RegExp): Promise<void> {
  // The next window waits for a word of the one before, however slow that is.
  await workbench.treeRow(/web.*running/).waitFor();
  await workbench.showTerminal('web', output);
  await workbench.onlyTerminal('web');
}
