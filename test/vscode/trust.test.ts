import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processesOf } from '../support/processes.ts';
import { Editor } from './support/session.ts';

const deadline = { timeout: 240_000 };

const sandboxfile = `sandboxes:
  app:
    image: builtin:busybox
    scripts:
      start: echo hi
`;

test('an untrusted folder is edited with help and starts nothing', deadline, async (t) => {
  await using editor = await Editor.start({ trusted: false });
  await editor.withProject(t, { Sandboxfile: sandboxfile }, async ({ workbench, place }) => {
    const { page } = workbench;
    await workbench.openFile('Sandboxfile');
    await page.locator('.view-lines', { hasText: 'builtin:busybox' }).waitFor();
    // Before the first lens the language server may not be there yet.
    await page.locator('.codelens-decoration', { hasText: 'Run' }).first().waitFor();
    await page.locator('.monaco-editor .view-line').last().click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('  other:\n');
    await page.keyboard.press('Control+Space');
    // A key that is nowhere in the text.
    await page.locator('.suggest-widget .monaco-list-row', { hasText: 'memory' }).waitFor();
    await workbench.screenshot('completion');
    await page.keyboard.press('Escape');
    await workbench.openSandboxesView();
    await page.locator('.welcome-view-content', { hasText: 'trusted workspaces' }).waitFor();
    await workbench.screenshot('welcome');

    await workbench.openPalette('>Sandboxfile: ');
    await workbench.quickPickRow('Doctor').waitFor();
    assert.equal(await workbench.quickPickRow('Run Sandbox').count(), 0);
    const ours = (await processesOf(place.home)).filter(({ command }) => /\/menv |qemu-system/.test(command));
    assert.deepEqual(ours, []);
  });
});
