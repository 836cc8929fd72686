import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Editor, Session } from '../support/session.ts';

const odd = `sandboxes:
  web app 🐳:
    image: builtin:busybox
    memory: 128
    scope: none
    scripts:
      start: echo "here is $(hostname)"; exec sleep 600
`;

const broken = `sandboxes:
  app:
    image: builtin:busybox
    memory: lots
`;

const failing = `sandboxes:
  app:
    image: builtin:busybox
    memory: 128
    scope: none
    scripts:
      start: |
        echo line one
        echo "error: no such thing" >&2
        echo line three
        exit 3
`;

const workspaceFile = 'all.code-workspace';
const workspaceOf = (...folders: readonly string[]): string =>
  JSON.stringify({ folders: folders.map((folder) => ({ path: folder })) });
const folders = ['odd names', 'broken', 'failing'];

/** A workspace of several folders, of which hardly anything is as it should be. */
export async function badInput(t: TestContext, editor: Editor): Promise<void> {
  const files = {
    [workspaceFile]: workspaceOf(...folders),
    'late/Sandboxfile': failing,
    'odd names/Sandboxfile': odd,
    'broken/Sandboxfile': broken,
    'failing/Sandboxfile': failing,
  };
  await editor.withProject(
    t,
    files,
    async (session) => {
      await brokenFile(session);
      await failingProgram(session);
      await noDisk(session);
      await noMonitor(session);
      await deletedFile(session);
      await noFile(session);
      await changedWorkspace(session);
    },
    { open: workspaceFile },
  );
}

async function brokenFile({ workbench }: Session): Promise<void> {
  await workbench.openSandboxesView();
  const problem = workbench.treeRow(/Error in line 4/);
  await problem.waitFor();
  await workbench.screenshot('broken');
  await problem.click();
  await workbench.page.locator('.tab.active', { hasText: 'Sandboxfile' }).waitFor();
  await workbench.page.locator('.statusbar-item', { hasText: 'Ln 4' }).waitFor();
}

async function failingProgram({ workbench }: Session): Promise<void> {
  await workbench.command('Sandboxfile: Run Sandbox');
  await workbench.choose('failing');
  await workbench.answerDialog('Start');
  await workbench.treeRow(/ended with status 3/).waitFor();
  await workbench.screenshot('failed-program');
  await workbench.command('Sandboxfile: Show Logs');
  await workbench.choose('failing');
  // At the line that says why.
  await workbench.page.locator('.view-lines', { hasText: 'no such thing' }).waitFor();
  await workbench.page.locator('.statusbar-item', { hasText: 'Ln 2' }).waitFor();
  await workbench.screenshot('failing-line');
}

async function noDisk({ workbench, folder }: Session): Promise<void> {
  const full = path.join(folder, 'failing', 'menv');
  await rm(full, { recursive: true });
  await mkdir(full);
  await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', full]);
  try {
    await workbench.command('Sandboxfile: Run Sandbox');
    await workbench.choose('failing');
    const notice = workbench.notification(/no space left/i);
    await notice.waitFor();
    await workbench.treeRow(/app.*failed/).waitFor();
    await workbench.screenshot('no-disk');
    await workbench.dismiss(notice);
  } finally {
    await promisify(execFile)('umount', [full]);
  }
}

async function noMonitor({ workbench, editor }: Session): Promise<void> {
  await editor.server.set({ 'sandboxfile.vmm': '/no/such/qemu' });
  await workbench.command('Sandboxfile: Run Sandbox');
  await workbench.choose('failing');
  const notice = workbench.notification(/\/no\/such\/qemu is not installed/);
  await notice.waitFor();
  await workbench.page
    .locator('.tree-explorer-viewlet-tree-view .message', { hasText: 'cannot run sandboxes' })
    .waitFor();
  await workbench.screenshot('no-monitor');
  await workbench.press(notice, 'Doctor');
  const report = workbench.webview();
  const wrong = report.getByRole('region', { name: 'To be mended' });
  await wrong.getByText('/no/such/qemu').first().waitFor();
  await wrong.getByRole('img', { name: 'To be mended' }).first().waitFor();
  await wrong.getByText('What to do').first().waitFor();
  await workbench.screenshot('doctor');
  await editor.server.set({});
  // By keys alone.
  await report.getByRole('button', { name: 'Look Again' }).focus();
  const missing = wrong.getByText('/no/such/qemu').first();
  // The extension hears of a setting when the editor has time.
  for (let isHere = true; isHere;) {
    await workbench.page.keyboard.press('Enter');
    isHere = await missing.waitFor({ state: 'detached', timeout: 5000 }).then(
      () => false,
      () => true,
    );
  }
}

async function deletedFile({ workbench, folder }: Session): Promise<void> {
  const file = path.join(folder, 'odd names', 'Sandboxfile');
  await workbench.command('Sandboxfile: Run Sandbox');
  await workbench.choose('web app 🐳');
  await workbench.answerDialog('Start');
  await workbench.waitForTerminal(/here is /);
  await workbench.treeRow(/web app 🐳.*running/).waitFor();
  // Renamed in the file, it runs on under its old name, within reach.
  await writeFile(file, odd.replace('web app 🐳', 'web'));
  await workbench.treeRow(/^web\s*stopped/).waitFor();
  await workbench.treeRow(/web app 🐳.*running/).waitFor();
  await workbench.screenshot('renamed');
  await rename(file, `${file}~`);
  const notice = workbench.notification(/was deleted\. What was started of it runs on: 'web app 🐳'/);
  await notice.waitFor();
  await workbench.treeRow('The Sandboxfile was deleted').waitFor();
  await workbench.screenshot('deleted');
  await workbench.press(notice, 'Stop');
  await workbench.treeRow('The Sandboxfile was deleted').waitFor({ state: 'detached' });
}

async function noFile({ workbench, folder }: Session): Promise<void> {
  await rm(path.join(folder, 'broken', 'Sandboxfile'));
  await rm(path.join(folder, 'failing', 'Sandboxfile'));
  const welcome = workbench.page.locator('.welcome-view-content', { hasText: 'no Sandboxfile yet' });
  await welcome.waitFor();
  await workbench.screenshot('no-file');
  await welcome.getByRole('button', { name: 'Initialize Sandboxfile' }).click();
  await workbench.choose('broken');
  await workbench.page.locator('.tab.active', { hasText: 'Sandboxfile' }).waitFor();
  await welcome.waitFor({ state: 'detached' });
  await writeFile(path.join(folder, 'failing', 'Sandboxfile'), failing);
  await workbench.treeRow('failing').waitFor();
}

async function changedWorkspace({ workbench, folder }: Session): Promise<void> {
  const change = (...now: readonly string[]): Promise<void> =>
    writeFile(path.join(folder, workspaceFile), workspaceOf(...now));
  await change(...folders, 'late');
  await workbench.treeRow('late').waitFor();
  await change(...folders);
  await workbench.treeRow('late').waitFor({ state: 'detached' });
}
