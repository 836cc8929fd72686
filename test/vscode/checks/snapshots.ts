import type { TestContext } from 'node:test';
import type { Editor } from '../support/session.ts';

const sandboxfile = `sandboxes:
  app:
    image: builtin:busybox
    memory: 128
    scope: none
    workdir: /root
    scripts:
      start: while sleep 1; do echo tick $(ls); done
`;

/** A snapshot is made, gone back to after what is lost was shown, copied and deleted, all from the view. */
export async function snapshots(t: TestContext, editor: Editor): Promise<void> {
  await editor.withProject(t, { Sandboxfile: sandboxfile }, async ({ workbench }) => {
    await workbench.openSandboxesView();
    await workbench.treeRow('app').waitFor();
    await workbench.command('Sandboxfile: Run Sandbox');
    await workbench.choose('app');
    await workbench.answerDialog('Start');
    await workbench.treeRow(/app.*running/).waitFor();
    await workbench.treeRow(/app.*running/).click();

    await workbench.command('Sandboxfile: Create Snapshot');
    await workbench.choose('app');
    await workbench.typeInInput('-a');
    await workbench.page.locator('.quick-input-message', { hasText: 'beginning with a letter' }).waitFor();
    await workbench.typeInInput('clean');
    await workbench.page.keyboard.press('Enter');
    await workbench.quickPickRow('Disk only').waitFor();
    await workbench.screenshot('kinds');
    await workbench.choose('Memory and disk');
    await workbench.treeRow(/clean.*just now.*with memory/).waitFor();
    await workbench.command('Sandboxfile: Create Snapshot');
    await workbench.choose('app');
    await workbench.typeInInput('files');
    await workbench.page.keyboard.press('Enter');
    await workbench.choose('Disk only');
    await workbench.treeRow(/files.*just now.*disk only/).waitFor();
    await workbench.screenshot('made');

    await workbench.command('Sandboxfile: Open Terminal');
    await workbench.choose('app');
    await workbench.waitForTerminal(/^.* #$/m);
    await workbench.typeInTerminal('echo new > later; ls; echo made-$((1+1))\n');
    await workbench.waitForTerminal(/^later$[^]*made-2/m);
    await workbench.showTerminal('app', /^tick later$/m);

    await workbench.command('Sandboxfile: Restore Snapshot');
    await workbench.choose('app');
    await workbench.choose('clean');
    await workbench.page
      .locator('.monaco-dialog-box', { hasText: /These programs end:\s+start\s+shell/ })
      .waitFor();
    await workbench.screenshot('what-is-lost');
    await workbench.answerDialog('Restore');
    // The terminal of the run that was given up makes room for one of the restored run, which knows no such file.
    await workbench.waitForTerminal(/^(?![^]*later)[^]*^tick$/m);
    await workbench.treeRow(/app.*running/).waitFor();
    await workbench.command('Sandboxfile: Open Terminal');
    await workbench.choose('app');
    await workbench.waitForTerminal(/^.* #$/m);
    await workbench.typeInTerminal('ls; echo back-$((1+1))\n');
    await workbench.waitForTerminal(/# ls; echo back[^\n]*\nback-2/);

    await workbench.command('Sandboxfile: Fork');
    await workbench.choose('app');
    const copy = workbench.treeRow(/app-1.*fork of app/);
    await copy.waitFor();
    await workbench.treeRow(/app-1.*running, fork of app/).waitFor();
    await workbench.waitForTerminal(/^.* #$/m);
    await workbench.screenshot('forked');
    await workbench.chooseFromMenu(copy, 'Delete Fork…');
    await workbench.answerDialog('Delete');
    await copy.waitFor({ state: 'detached' });

    await workbench.command('Sandboxfile: Reset');
    await workbench.choose('app');
    await workbench.page
      .locator('.monaco-dialog-box', { hasText: 'Its snapshots too: clean, files.' })
      .waitFor();
    await workbench.answerDialog('Cancel');

    const snapshot = workbench.treeRow(/clean/);
    await workbench.chooseFromMenu(snapshot, 'Delete Snapshot…');
    await workbench.answerDialog('Delete');
    await snapshot.waitFor({ state: 'detached' });
  });
}
