import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withEditor } from './support/session.ts';

const deadline = { timeout: 240_000 };

const sandboxfile = `sandboxes:
  web:
    image: builtin:busybox
    memory: 128
    scope: none
    scripts:
      start: |
        echo "serving from $(hostname)"
        exec sleep 600
      once: echo done-once; exit 3
`;

test('run, a second terminal, reload, stop', deadline, async (t) => {
  await withEditor(t, sandboxfile, async ({ workbench }) => {
    await workbench.openSandboxesView();
    await workbench.treeRow('web').waitFor();
    await workbench.screenshot('opened');

    await workbench.command('Sandboxfile: Run Sandbox');
    await workbench.choose('web');
    await workbench.screenshot('first-start-asks');
    await workbench.answerDialog('Start');
    await workbench.waitForTerminal(/serving from web/);
    await workbench.treeRow(/web.*running/).waitFor();
    await workbench.screenshot('running');

    await workbench.command('Sandboxfile: Open Terminal');
    await workbench.choose('web');
    await workbench.waitForTerminal(/^.* #$/m);
    await workbench.typeInTerminal('tty; stty size; echo mark-$((40+2))\n');
    const shown = await workbench.waitForTerminal(/mark-42/);
    assert.match(shown, /^\/dev\/(pts\/\d+|tty\S*|console)$/m);
    assert.match(shown, /^\d+ \d+$/m);
    await workbench.screenshot('second-terminal');

    await workbench.reload();
    await workbench.waitForTerminal(/mark-42/);
    await workbench.typeInTerminal('echo after-$((50+1))\n');
    await workbench.waitForTerminal(/after-51/);
    await workbench.screenshot('reloaded');
    await workbench.showTerminal('web');
    await workbench.waitForTerminal(/serving from web/);

    await workbench.command('Sandboxfile: Stop');
    await workbench.choose('web');
    await workbench.treeRow(/web.*stopped/).waitFor();
    await workbench.waitForTerminal(/stopped {2}R runs it again/);
    await workbench.screenshot('stopped');
  });
});
