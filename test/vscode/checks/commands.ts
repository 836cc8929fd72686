import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import type { Editor } from '../support/session.ts';

const sandboxfile = `# kept as it is
groups:
  pair:
    network:
      subnet: 10.9.0.0/24
sandboxes:
  app:
    image: builtin:busybox
`;

/** What needs no running sandbox: the file is written to, images are asked for. */
export async function commands(t: TestContext, editor: Editor): Promise<void> {
  await editor.withProject(t, { Sandboxfile: sandboxfile }, async ({ workbench, folder }) => {
    const { page } = workbench;
    await workbench.openSandboxesView();
    await workbench.treeRow('app').waitFor();

    await workbench.command('Sandboxfile: Add Sandbox');
    await workbench.typeInInput('app');
    await page.locator('.quick-input-message', { hasText: "'app' exists already" }).waitFor();
    await workbench.typeInInput('data base');
    await page.keyboard.press('Enter');
    await workbench.choose('builtin:busybox');
    await page.locator('.quick-input-message', { hasText: 'Command of the script start' }).waitFor();
    await workbench.typeInInput('echo ready');
    await page.keyboard.press('Enter');
    await workbench.treeRow('data base').waitFor();
    const written = await readFile(path.join(folder, 'Sandboxfile'), 'utf8');
    assert.ok(written.startsWith(sandboxfile), written);
    assert.match(written, /^ {2}data base:\n {4}image: builtin:busybox\n/m);
    await page.locator('.tab.active', { hasText: 'Sandboxfile' }).waitFor();
    // The language's own status item tells what the engine makes of the file.
    await page.locator('.statusbar-item[id="status.languageStatus"]').hover();
    await page.locator('.hover-language-status', { hasText: '2 sandboxes' }).first().waitFor();
    await workbench.screenshot('added');
    await workbench.treeRow(/pair.*group/).click();
    await page.locator('.statusbar-item', { hasText: 'Ln 3, Col 3' }).waitFor();

    await workbench.command('Sandboxfile: Pull Image');
    // The file names no image of a registry.
    await page.locator('.quick-input-message', { hasText: 'Image, as' }).waitFor();
    // Nothing listens there.
    await workbench.typeInInput('127.0.0.1:1/nobody/nothing:1');
    await page.keyboard.press('Enter');
    const pulling = workbench.notification(/Pulling image '127\.0\.0\.1:1/);
    await pulling.waitFor();
    await workbench.screenshot('pulling');
    await workbench.notification(/Registry cannot be reached/).waitFor();
    await workbench.screenshot('unreachable');

    await workbench.command('Welcome: Open Walkthrough');
    await workbench.choose('Sandboxes for your project');
    const input = page.locator('.quick-input-widget');
    await followStep(page, 'Describe a sandbox', 'Add Sandbox');
    await input.filter({ hasText: 'Add Sandbox' }).waitFor();
    await page.keyboard.press('Escape');
    await workbench.screenshot('walkthrough');
    await followStep(page, 'Run it', 'Run Sandbox');
    await input.filter({ hasText: 'data base' }).waitFor();
    await page.keyboard.press('Escape');
    await followStep(page, 'When something is wrong', 'Doctor');
    await page.locator('.tab.active', { hasText: 'Doctor' }).waitFor();
  });
}

/** A link of a step of the walkthrough. */
async function followStep(page: Page, title: string, link: string): Promise<void> {
  const step = page.locator('.getting-started-step', { hasText: title });
  await step.click();
  await step.getByRole('button', { name: link, exact: true }).click();
}
