// One editor with one project for a test, which fails with a picture of what was on the screen.

import type { TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import { Place } from '../../support/place.ts';
import { EditorServer } from './editor-server.ts';
import type { EditorOptions } from './editor-server.ts';
import { launchBrowser, Workbench } from './workbench.ts';

export interface Session {
  readonly place: Place;
  readonly server: EditorServer;
  readonly browser: Browser;
  readonly workbench: Workbench;
}

export async function withEditor(
  t: TestContext,
  sandboxfile: string | undefined,
  work: (session: Session) => Promise<void>,
  options: EditorOptions = {},
): Promise<void> {
  const name = t.name.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 40);
  await using place = await Place.create(sandboxfile);
  await using server = await EditorServer.start(place, options);
  const browser = await launchBrowser();
  try {
    const workbench = await Workbench.open(browser, server, place.project, name);
    try {
      await work({ place, server, browser, workbench });
    } catch (error) {
      await workbench.screenshot('failure').catch(() => undefined);
      throw error;
    }
  } finally {
    await browser.close();
  }
}
