import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { msb } from '../../support/msb.ts';
import type { Editor } from '../support/session.ts';

const sandboxfile = `sandboxes:
  app:
    image: builtin:busybox
    memory: 128
    scope: none
    scripts:
      start: while sleep 1; do echo tick; done
`;

/** Sandboxes that stand still, or are put aside: whoever does it, the window says so, and lets them go on. */
export async function holding(t: TestContext, editor: Editor): Promise<void> {
  await editor.withProject(t, { Sandboxfile: sandboxfile }, async ({ workbench, place, folder }) => {
    await workbench.openSandboxesView();
    await workbench.treeRow('app').waitFor();
    await workbench.command('Sandboxfile: Run Sandbox');
    await workbench.choose('app');
    await workbench.answerDialog('Start');
    await workbench.waitForTerminal(/^tick$/m);
    await workbench.treeRow(/app.*running/).waitFor();

    const { code, stderr } = await msb(['pause', 'app'], { cwd: folder, env: place.environment });
    assert.equal(code, 0, stderr);
    await workbench.treeRow(/app.*paused/).waitFor();
    await workbench.statusItem().locator('.codicon-debug-pause').waitFor();
    await workbench.screenshot('paused');
    await workbench.command('Sandboxfile: Resume');
    await workbench.choose('app');
    await workbench.treeRow(/app.*running/).waitFor();

    await workbench.command('Sandboxfile: Save and Stop');
    await workbench.choose('app');
    await workbench.treeRow(/app.*saved/).waitFor();
    await workbench.screenshot('saved');
    await workbench.reload();
    await workbench.treeRow(/app.*saved/).waitFor();
    await workbench.command('Sandboxfile: Run Sandbox');
    await workbench.choose('app');
    await workbench.treeRow(/app.*running/).waitFor();
    // The terminal of the run before, which the editor brings back, makes room.
    await workbench.onlyTerminal('app');
    await workbench.waitForTerminal(/^tick$/m);
    await workbench.onlyTerminal('app');
    await workbench.screenshot('goes-on');
  });
}
