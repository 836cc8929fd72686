import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Locator } from 'playwright-core';
import { msb } from '../../support/msb.ts';
import type { Editor, Session } from '../support/session.ts';

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
  await editor.withProject(t, { Sandboxfile: sandboxfile }, async (session) => {
    const { workbench } = session;
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
    await heldAndResumed(session);

    await workbench.command('Sandboxfile: Open Terminal');
    await workbench.choose('app');
    await workbench.waitForTerminal(/^.* #$/m);
    await workbench.typeInTerminal('echo new > later; ls; echo made-$((1+1))\n');
    await workbench.waitForTerminal(/^later$[^]*made-2/m);
    await workbench.showTerminal('app');
    await workbench.waitForTerminal(/^tick later$/m);

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
    await deleteFromMenu(session, copy, 'Delete Fork…', ['app-1']);
    await copy.waitFor({ state: 'detached' });

    await workbench.command('Sandboxfile: Reset');
    await workbench.choose('app');
    await workbench.page
      .locator('.monaco-dialog-box', { hasText: 'Its snapshots too: clean, files.' })
      .waitFor();
    await workbench.answerDialog('Cancel');

    const snapshot = workbench.treeRow(/clean/);
    await deleteFromMenu(session, snapshot, 'Delete Snapshot…', ['app', 'clean']);
    await snapshot.waitFor({ state: 'detached' });
    await savedAndRun(session);
  });
}

/** A row that is drawn anew while its menu is open is unknown to it: then what it stands for is asked for. */
async function deleteFromMenu(
  { workbench }: Session,
  row: Locator,
  title: string,
  names: readonly string[],
): Promise<void> {
  await workbench.chooseFromMenu(row, title);
  const dialog = workbench.page.locator('.monaco-dialog-box');
  for (const name of names) {
    const asked = workbench.quickPickRow(name).first();
    await dialog.or(asked).first().waitFor();
    if (await dialog.isVisible()) break;
    await asked.click();
  }
  await workbench.answerDialog('Delete');
}

/** Whoever holds a sandbox still, the window says so, and lets it go on. */
async function heldAndResumed({ workbench, place, folder }: Session): Promise<void> {
  await workbench.command('Sandboxfile: Pause');
  await workbench.choose('app');
  const held = workbench.treeRow(/app.*paused/);
  await held.waitFor();
  await workbench.statusItem().locator('.codicon-debug-pause').waitFor();
  await workbench.command('Sandboxfile: Resume');
  await workbench.choose('app');
  await workbench.treeRow(/app.*running/).waitFor();
  await workbench.statusItem().locator('.codicon-vm-running').waitFor();

  const { code, stderr } = await msb(['pause', 'app'], { cwd: folder, env: place.environment });
  assert.equal(code, 0, stderr);
  await held.waitFor();
  await workbench.screenshot('paused');
  // A shell is asked for where nothing moves: it goes on.
  await workbench.command('Sandboxfile: Open Terminal');
  await workbench.choose('app');
  await workbench.waitForTerminal(/^.* #$/m);
  await workbench.treeRow(/app.*running/).waitFor();
  await workbench.typeInTerminal('exit\n');
  await workbench.terminalTabs('app: shell').waitFor({ state: 'detached' });
}

/** What a sandbox did goes on when it is run. */
async function savedAndRun({ workbench }: Session): Promise<void> {
  await workbench.command('Sandboxfile: Save and Stop');
  await workbench.choose('app');
  await workbench.treeRow(/app.*saved/).waitFor();
  await workbench.screenshot('saved');
  await workbench.reload();
  await workbench.treeRow(/app.*saved/).waitFor();
  await workbench.command('Sandboxfile: Run Sandbox');
  await workbench.choose('app');
  await workbench.treeRow(/app.*running/).waitFor();
  await workbench.screenshot('goes-on');
}
