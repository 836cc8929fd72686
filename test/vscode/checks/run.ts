import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { Editor } from '../support/session.ts';

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

const changed = `${sandboxfile.replace('scope: none', "secrets: {TOKEN: api.example.com}\n    volumes: ['./out:/out:ro']")}      more: echo more
  other:
    image: builtin:busybox
`;

export async function runAndReload(t: TestContext, editor: Editor): Promise<void> {
  await editor.withProject(t, { Sandboxfile: sandboxfile }, async ({ workbench, folder }) => {
    await workbench.openSandboxesView();
    await workbench.treeRow('web').waitFor();
    await workbench.screenshot('opened');

    await workbench.command('Sandboxfile: Run Sandbox');
    await workbench.choose('web');
    await workbench.screenshot('first-start-asks');
    await workbench.answerDialog('Start');
    await workbench.waitForTerminal(/run 1 of web/);
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
    // The editor still knows the command and how it ended.
    const mark = workbench.page.locator('.terminal-wrapper.active .terminal-command-decoration');
    await mark.and(workbench.page.locator(':not(.error)')).first().waitFor();
    await workbench.typeInTerminal('echo after-$((50+1))\n');
    await workbench.waitForTerminal(/after-51/);
    await workbench.screenshot('reloaded');
    await workbench.showTerminal('web', /run 1 of web/);

    await workbench.command('Sandboxfile: Restart');
    await workbench.choose('web');
    await workbench.waitForTerminal(/run 2 of web/);
    await workbench.treeRow(/web.*running/).waitFor();

    await workbench.command('Sandboxfile: Stop');
    await workbench.choose('web');
    await workbench.treeRow(/web.*stopped/).waitFor();
    await workbench.waitForTerminal(/stopped {2}R runs it again/);
    await workbench.screenshot('stopped');

    await symlink('/usr/share', path.join(folder, 'out'));
    await writeFile(path.join(folder, 'Sandboxfile'), changed);
    await workbench.treeRow('other').waitFor();
    await workbench.command('Sandboxfile: Reset');
    await workbench.choose('web');
    await workbench.screenshot('what-is-lost');
    await workbench.answerDialog('Reset');
    await workbench.command('Sandboxfile: Run Sandbox');
    await workbench.choose('web');
    // What the sandbox would do has changed: that is asked again.
    const plan = workbench.page.locator('.monaco-dialog-box');
    await plan
      .filter({ hasText: /OUTSIDE the workspace: \S+ \(a link to \/usr\/share\) at \/out/ })
      .waitFor();
    await plan.filter({ hasText: 'Secret TOKEN used for: api.example.com' }).waitFor();
    await workbench.screenshot('changed-plan-asks');
    await workbench.answerDialog('Start');
    // And for what it cannot start without.
    await workbench.page
      .locator('.quick-input-message', { hasText: 'api.example.com only, for web' })
      .waitFor();
    await workbench.typeInInput('a-value-of-eight-or-more');
    await workbench.screenshot('secret-asked');
    await workbench.page.keyboard.press('Enter');
    await workbench.waitForTerminal(/run 1 of web/);
    await workbench.treeRow(/web.*running/).waitFor();
    await workbench.screenshot('reset');
  });
}
