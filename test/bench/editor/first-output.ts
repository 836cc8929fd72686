// A click on a sandbox in a real editor, timed in its page: to the first sign of it, and to the first output.

import type { Page } from 'playwright-core';
import type { Workbench } from '../../vscode/support/workbench.ts';

export interface ClickTimes {
  /** The first sign of the start: the status bar, the view or a notification says that the sandbox starts. */
  readonly feedback: number;
  /** The terminal is on the screen, empty or not. */
  readonly terminal: number;
  /** The terminal shows what its program says of the start: that program is loaded. */
  readonly program: number;
  /** The script's output is in the terminal. */
  readonly output: number;
}

/** Of a sandbox that does not run and that the user has agreed to. `output`: what its script prints. */
export async function clickToOutput(
  workbench: Workbench,
  sandbox: string,
  output: string,
): Promise<ClickTimes> {
  const { page } = workbench;
  await workbench.command('Sandboxfile: Run Sandbox');
  await workbench.quickPickRow(sandbox).waitFor();
  const times = await watchFromClick(page, output);
  await workbench.choose(sandbox);
  const read = await times.jsonValue();
  await workbench.waitForTerminal(/R runs it again/);
  await workbench.treeRow(new RegExp(`${sandbox}.*stopped`)).waitFor();
  return read;
}

interface Browser {
  readonly performance: { now(): number };
  readonly document: {
    readonly body: object;
    addEventListener(kind: string, listener: () => void, options: object): void;
    querySelectorAll(selector: string): Iterable<{ readonly textContent: string }>;
  };
  readonly MutationObserver: new (look: () => void) => {
    observe(target: object, options: object): void;
    disconnect(): void;
  };
}

/** A handle whose value comes with the output; what is on the screen before the click does not count. */
async function watchFromClick(page: Page, output: string): Promise<{ jsonValue(): Promise<ClickTimes> }> {
  await page.evaluate((awaited) => {
    const { performance, document, MutationObserver } = globalThis as unknown as Browser;
    const texts = (selector: string): string =>
      [...document.querySelectorAll(selector)]
        .map(({ textContent }) => textContent.replaceAll('\u00a0', ' '))
        .join('\n');
    const times = new Promise((resolve) => {
      document.addEventListener(
        'mousedown',
        () => {
          const clicked = performance.now();
          const seen: Partial<Record<'feedback' | 'terminal' | 'program', number>> = {};
          let isCleared = false;
          const look = (): void => {
            const now = performance.now() - clicked;
            const signs = texts('.pane-body .monaco-list-row, .statusbar-item, .notification-toast');
            if (/starting|preparing|booting|configuring|running/i.test(signs)) seen.feedback ??= now;
            const shown = texts('.terminal-wrapper.active .xterm-rows > div');
            const hasOutput = shown.includes(awaited);
            isCleared ||= !hasOutput;
            if (!isCleared) return;
            if (shown !== '') seen.terminal ??= now;
            if (shown.trim() !== '') seen.program ??= now;
            if (seen.feedback === undefined || !hasOutput) return;
            observer.disconnect();
            resolve({ ...seen, output: now });
          };
          const observer = new MutationObserver(look);
          observer.observe(document.body, { subtree: true, childList: true, characterData: true });
        },
        { once: true, capture: true },
      );
    });
    Object.assign(globalThis, { clickTimes: times });
  }, output);
  return {
    jsonValue: () =>
      page.evaluate(() => (globalThis as unknown as { clickTimes: Promise<ClickTimes> }).clickTimes),
  };
}
