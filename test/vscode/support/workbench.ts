// The editor as a user sees it: keys in, what is on the screen out.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';
import type { EditorServer } from './editor-server.ts';
import { required } from './environment.ts';

/** Against hangs only. */
const PATIENCE_MS = 120_000;

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

async function newPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}

export class Workbench {
  readonly #name: string;
  #page: Page;
  #shots = 0;
  /** The last command. */
  #asked = '';

  private constructor(page: Page, name: string) {
    this.#page = page;
    this.#name = name;
  }

  get page(): Page {
    return this.#page;
  }

  /** Opens a folder, or a file of a workspace, in a window. `name`: of the test, for its screenshots. */
  static async open(
    browser: Browser,
    server: EditorServer,
    target: string,
    name: string,
  ): Promise<Workbench> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await newPage(context);
    const what = target.endsWith('.code-workspace') ? 'workspace' : 'folder';
    await page.goto(`${server.origin}/?${what}=${encodeURIComponent(target)}`);
    const workbench = new Workbench(page, name);
    await workbench.#ready();
    if (what === 'workspace') await workbench.#hasFolders();
    return workbench;
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.#ready();
  }

  /** Reloads the window in the very moment in which a row of a view begins to say this, because of `act`. */
  async reloadOn(row: RegExp, act: () => Promise<void>): Promise<void> {
    const reloaded = this.page.waitForEvent('load');
    await this.page.evaluate(reloadWhenRowSays, row.source);
    // The reload may cut off what brings it about.
    const acted = act().catch((error: unknown) => error);
    await reloaded.catch(async (error: unknown) => {
      throw (await acted) ?? error;
    });
    await this.#ready();
  }

  /** Its process ends without a word, so the server keeps what the page had; then the window is opened anew. */
  async crash(): Promise<void> {
    const lost = this.#page;
    const context = lost.context();
    const crashed = lost.waitForEvent('crash');
    const session = await context.newCDPSession(lost);
    // What is not there any more does not answer.
    session.send('Page.crash').catch(() => undefined);
    await crashed;
    this.#page = await newPage(context);
    await this.#page.goto(lost.url());
    await lost.close();
    await this.#ready();
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  /** Runs a command by its title, as typed into the palette. */
  async command(title: string): Promise<void> {
    this.#asked = title;
    for (const end = performance.now() + PATIENCE_MS; ;) {
      await this.openPalette(`>${title}`);
      try {
        return await this.quickPickRow(title).first().click({ timeout: 5000 });
      } catch (error) {
        // It offers what could be run when it was opened: a moment later there may be more.
        if (performance.now() > end) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  async openPalette(text: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input[type="text"]');
    for (const end = performance.now() + PATIENCE_MS; ;) {
      await this.page.keyboard.press('F1');
      try {
        return await input.fill(text, { timeout: 3000 });
      } catch (error) {
        // What was open before takes the palette with it when it closes.
        if (performance.now() > end) throw error;
      }
    }
  }

  quickPickRow(text: string): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row', { hasText: text });
  }

  async openFile(name: string): Promise<void> {
    await this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).dblclick();
  }

  /** Chooses from the list that the last command opens. */
  async choose(text: string): Promise<void> {
    const row = this.quickPickRow(text).first();
    for (const end = performance.now() + PATIENCE_MS; ;) {
      try {
        return await row.click({ timeout: 20_000 });
      } catch (error) {
        if (performance.now() > end) throw new Error(await this.#listed(text), { cause: error });
        // A list closes when something else takes the focus, as a page does whose theme changes.
        if (!(await row.isVisible())) await this.command(this.#asked);
      }
    }
  }

  /** Into the box that asks for a text; Enter is another key. */
  async typeInInput(text: string): Promise<void> {
    await this.page.locator('.quick-input-widget input:not([type="checkbox"])').fill(text);
  }

  /** From the menu of a row. */
  async chooseFromMenu(row: Locator, title: string): Promise<void> {
    await row.first().click({ button: 'right' });
    const item = this.page.locator('.monaco-menu .action-item', { hasText: title }).first();
    await item.waitFor();
    // A menu that has just opened takes a click for the end of the one that opened it.
    while (await item.isVisible()) {
      await item.click({ timeout: 2000 }).catch(() => undefined);
      await item.waitFor({ state: 'detached', timeout: 2000 }).catch(() => undefined);
    }
  }

  /** Presses a button of a modal dialog. */
  async answerDialog(button: string): Promise<void> {
    const dialog = this.page.locator('.monaco-dialog-box');
    await dialog.getByRole('button', { name: button, exact: true }).click();
  }

  /** What the terminal in front shows. */
  async terminalText(): Promise<string> {
    const rows = await this.page.locator('.terminal-wrapper.active .xterm-rows > div').allInnerTexts();
    return rows.map((row) => row.replaceAll('\u00a0', ' ').trimEnd()).join('\n');
  }

  async waitForTerminal(pattern: RegExp, timeout = PATIENCE_MS): Promise<string> {
    await this.page.waitForFunction(
      ({ source, flags }) => {
        // Runs in the page.
        const { document } = globalThis as unknown as {
          document: { querySelectorAll(selector: string): Iterable<{ textContent: string }> };
        };
        const rows = [...document.querySelectorAll('.terminal-wrapper.active .xterm-rows > div')];
        const text = rows.map((row) => row.textContent.replaceAll('\u00a0', ' ').trimEnd()).join('\n');
        return new RegExp(source, flags).test(text);
      },
      { source: pattern.source, flags: pattern.flags },
      { timeout },
    );
    return this.terminalText();
  }

  /** Brings the terminal with this name to the front and waits for what it shows. */
  async showTerminal(name: string, pattern: RegExp): Promise<string> {
    for (const end = performance.now() + PATIENCE_MS; ;) {
      await this.terminalTabs(name).first().click();
      try {
        return await this.waitForTerminal(pattern, 10_000);
      } catch (error) {
        // After a reload a shell of the editor's own may come to the front late.
        if (performance.now() > end) throw error;
      }
    }
  }

  terminalTabs(name: string): Locator {
    const tabs = this.page.locator('.tabs-list .monaco-list-row');
    return tabs.filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** Waits for one tab of that name; those that the editor was slow to bring back make room. */
  async onlyTerminal(name: string): Promise<void> {
    const tabs = this.terminalTabs(name);
    await tabs.first().waitFor();
    await tabs.nth(1).waitFor({ state: 'detached' });
    assert.equal(await tabs.count(), 1);
  }

  async typeInTerminal(text: string): Promise<void> {
    await this.page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
    await this.page.keyboard.type(text);
  }

  /** A row of the sandboxes' view. */
  treeRow(text: string | RegExp): Locator {
    return this.page.locator('.pane-body .monaco-list-row', { hasText: text });
  }

  async openSandboxesView(): Promise<void> {
    const icon = this.page.locator('.activitybar .action-item', {
      has: this.page.locator('.action-label[aria-label^="Sandboxes"]'),
    });
    await icon.waitFor();
    // Of the view that is open it would be the way to close it.
    const isOpen = (await icon.getAttribute('class'))?.split(' ').includes('checked') === true;
    if (!isOpen) await icon.click();
  }

  /** The page in the editor in front, where it is one of ours. */
  webview(): FrameLocator {
    // One that was left a moment ago may still be there.
    return this.page.locator('.webview.ready:visible').last().contentFrame().frameLocator('iframe');
  }

  statusItem(): Locator {
    return this.page.locator('.statusbar-item[id*="sandboxfile"]');
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-list-item', { hasText: text });
  }

  /** Presses a button of a notification. */
  async press(notification: Locator, button: string): Promise<void> {
    await notification.first().locator('.monaco-button', { hasText: button }).first().click();
  }

  async dismiss(notification: Locator): Promise<void> {
    await notification.first().hover();
    await notification.first().locator('.codicon-notifications-clear').click();
  }

  /** Kept beside the other screenshots of the test, in order. */
  async screenshot(what: string): Promise<void> {
    const folder = required('SANDBOXFILE_ARTIFACTS');
    await mkdir(folder, { recursive: true });
    const number = String(++this.#shots).padStart(2, '0');
    await this.page.screenshot({ path: path.join(folder, `${this.#name}-${number}-${what}.png`) });
  }

  async #listed(text: string): Promise<string> {
    const rows = await this.page.locator('.quick-input-list .monaco-list-row').allInnerTexts();
    return `'${this.#asked}' lists no '${text}', only: ${JSON.stringify(rows)}`;
  }

  /** The editor now and then reads a workspace's file too early, and then shows none of its folders. */
  async #hasFolders(): Promise<void> {
    const folder = this.page.locator('.explorer-folders-view .monaco-list-row').first();
    for (const end = performance.now() + PATIENCE_MS; ;) {
      try {
        return await folder.waitFor({ timeout: 10_000 });
      } catch (error) {
        if (performance.now() > end) throw error;
        await this.reload();
      }
    }
  }

  async #ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .statusbar').waitFor();
    await this.page.locator('.explorer-folders-view, .pane-body').first().waitFor();
  }
}

interface PageGlobals {
  readonly document: {
    readonly body: object;
    querySelectorAll(selector: string): Iterable<{ readonly textContent: string }>;
  };
  readonly location: { reload(): void };
  readonly MutationObserver: new (look: () => void) => {
    observe(target: object, options: object): void;
    disconnect(): void;
  };
}

/** Runs in the page. */
function reloadWhenRowSays(source: string): void {
  const { document, location, MutationObserver } = globalThis as unknown as PageGlobals;
  // The editor draws rows anew at most every 200 ms, so no single state between two runs is sure to be seen.
  const rows = (): string[] =>
    [...document.querySelectorAll('.pane-body .monaco-list-row')].map(({ textContent }) => textContent);
  const states = (): string =>
    rows()
      .join('\n')
      .replace(/running.*/g, 'running');
  const before = states();
  let isArmed = false;
  const observer = new MutationObserver(() => {
    isArmed ||= !['', before].includes(states());
    if (!isArmed || !rows().some((text) => new RegExp(source).test(text))) return;
    observer.disconnect();
    location.reload();
  });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
}
