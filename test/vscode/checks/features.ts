import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { pidOf } from '../../support/victims.ts';
import type { Editor } from '../support/session.ts';

const sandboxfile = `sandboxes:
  app:
    image: builtin:busybox
    memory: 128
    scope: none
    workdir: /root
    scripts:
      start: |
        echo "first line of the log"
        while ! test -e /tmp/go; do sleep 1; done
        echo "a later line"
        exec sleep 600
      check: echo checked; exit 3
`;

export async function features(t: TestContext, editor: Editor): Promise<void> {
  await editor.withProject(t, { Sandboxfile: sandboxfile }, async ({ workbench, place }) => {
    const { page } = workbench;
    await workbench.openSandboxesView();
    await workbench.treeRow('app').waitFor();
    await workbench.command('Sandboxfile: Run Sandbox');
    await workbench.choose('app');
    await workbench.answerDialog('Start');
    await workbench.treeRow(/app.*running/).waitFor();

    // Long before the reload: the editor forgets what is young.
    await workbench.command('Sandboxfile: Doctor');
    await workbench.webview().getByRole('heading', { name: 'In order' }).waitFor();
    await workbench.screenshot('doctor');

    await workbench.command('Sandboxfile: Browse Files');
    await workbench.choose('app');
    await workbench.treeRow(/^etc$/).waitFor();
    await workbench.screenshot('files');
    await workbench.treeRow(/^etc$/).click();
    await workbench.treeRow(/^passwd$/).click();
    await page.locator('.view-lines', { hasText: 'root:' }).waitFor();
    await page.locator('.monaco-editor .view-line').first().click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('written-by-the-editor:x:7:7::/:/bin/sh\n');
    await page.keyboard.press('Control+S');
    await page.locator('.tab.active:not(.dirty)').waitFor();

    await workbench.chooseFromMenu(workbench.treeRow(/app.*running/), 'Show Dashboard');
    const dashboard = page.frameLocator('iframe.webview').frameLocator('iframe');
    await dashboard.locator('.card', { hasText: 'app' }).locator('.value', { hasText: '%' }).waitFor();
    assert.equal(await dashboard.locator('.card:focus').getAttribute('aria-label'), 'app');
    // By keys alone.
    await dashboard.locator('summary', { hasText: 'process' }).focus();
    await page.keyboard.press('Enter');
    await dashboard.locator('td', { hasText: 'sleep' }).first().waitFor();
    await dashboard.getByRole('img', { name: /^Memory: [\d.]+ MiB of/ }).waitFor();
    await workbench.screenshot('dashboard');
    await page.emulateMedia({ reducedMotion: 'reduce' });
    // As many values as a chart's line takes to move again at the earliest are too few for a second move.
    assert.ok((await dashboard.locator('.chart').first().evaluate(movesIn, 4)) <= 1);
    await page.emulateMedia({ reducedMotion: null });
    await editor.server.set({ 'workbench.colorTheme': 'Default High Contrast' });
    await dashboard.locator('body.vscode-high-contrast').waitFor();
    const look = await dashboard.locator('svg').first().evaluate(lookOf);
    assert.deepEqual(look, { border: 'solid', moving: 0 });
    await workbench.screenshot('dashboard-high-contrast');
    await editor.server.set({});
    await dashboard.locator('body:not(.vscode-high-contrast)').waitFor();

    await workbench.command('Sandboxfile: Show Logs');
    await workbench.choose('app');
    await page.locator('.view-lines', { hasText: 'first line of the log' }).waitFor();
    // It follows.
    await workbench.command('Sandboxfile: Open Terminal');
    await workbench.choose('app');
    await workbench.waitForTerminal(/^.* #$/m);
    await workbench.typeInTerminal('touch /tmp/go\n');
    await page.locator('.view-lines', { hasText: 'a later line' }).waitFor();

    await workbench.command('Tasks: Run Task');
    await workbench.choose('sandboxfile');
    await workbench.choose('app: check');
    await workbench.waitForTerminal(/checked/);
    await workbench.waitForTerminal(/exit code: 3/);
    await workbench.screenshot('task');

    await workbench.showTerminal('app: shell', /^.* #$/m);
    await workbench.typeInTerminal('head -n 1 /etc/passwd\n');
    await workbench.waitForTerminal(/^written-by-the-editor:/m);
    // The editor knows the commands and how they ended.
    await workbench.typeInTerminal('false\n');
    await page.locator('.terminal-wrapper.active .terminal-command-decoration.error').waitFor();
    await page.locator('.terminal-wrapper.active .terminal-command-decoration:not(.error)').first().waitFor();
    await workbench.screenshot('commands-marked');

    const vmm = await pidOf(place, 'vmm');
    assert.ok(vmm !== undefined);
    process.kill(vmm, 'SIGKILL');
    const killed = performance.now();
    await workbench.treeRow(/app.*failed/).waitFor();
    await workbench.statusItem().locator('.codicon-error').waitFor();
    t.diagnostic(`shown ${(performance.now() - killed).toFixed(0)} ms after the kill`);
    await workbench.notification(/Sandbox 'app' failed/).waitFor();
    // The shell's terminal keeps what it showed.
    await workbench.waitForTerminal(/^written-by-the-editor:[^]*R runs it again/m);
    await workbench.screenshot('killed');

    // All of them are still there, and nothing is said again.
    await workbench.reload();
    await workbench.treeRow(/app.*failed/).waitFor();
    await page.locator('.tab', { hasText: 'app.log' }).click();
    await page.locator('.view-lines', { hasText: 'first line of the log' }).waitFor();
    await page.locator('.tab', { hasText: 'Sandbox Dashboard' }).click();
    await dashboard.locator('.card', { hasText: /app\s*failed/ }).waitFor();
    assert.equal(await workbench.notification(/failed/).count(), 0);
    await workbench.screenshot('reloaded');
    await page.locator('.tab', { hasText: 'Sandboxfile Doctor' }).click();
    await workbench.webview().getByRole('heading', { name: 'In order' }).waitFor();
  });
}

/** Runs in the page. */
function lookOf(chart: unknown): { readonly border: string; readonly moving: number } {
  const { getComputedStyle, document } = globalThis as unknown as {
    readonly getComputedStyle: (element: unknown) => { readonly borderTopStyle: string };
    readonly document: { getAnimations(): readonly unknown[] };
  };
  return { border: getComputedStyle(chart).borderTopStyle, moving: document.getAnimations().length };
}

interface ChartElement {
  querySelector(selector: string): object | null;
}

interface PageGlobals {
  readonly MutationObserver: new (
    look: (records: readonly { readonly attributeName: string | null }[]) => void,
  ) => {
    observe(target: object, options: object): void;
    disconnect(): void;
  };
}

/** Runs in the page: how often a chart's line moves while it shows so many new values. */
function movesIn(chart: unknown, values: number): Promise<number> {
  const { MutationObserver } = globalThis as unknown as PageGlobals;
  const line = (chart as ChartElement).querySelector('polyline');
  return new Promise((resolve) => {
    let [moves, shown] = [0, 0];
    const observer = new MutationObserver((records) => {
      const changed = (name: string): boolean => records.some(({ attributeName }) => attributeName === name);
      if (changed('points')) moves += 1;
      if (changed('aria-label')) shown += 1;
      if (shown < values) return;
      observer.disconnect();
      resolve(moves);
    });
    observer.observe(chart as object, { attributeFilter: ['aria-label', 'points'], subtree: true });
    if (line === null) resolve(Number.NaN);
  });
}
