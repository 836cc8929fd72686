// One editor for many tests: each has a project and a window of its own, and fails with a picture of what
// was on the screen. What ran in the project has ended when the next test begins.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import { Place } from '../../support/place.ts';
import { processesOf } from '../../support/processes.ts';
import { EditorServer } from './editor-server.ts';
import type { EditorOptions } from './editor-server.ts';
import { launchBrowser, Workbench } from './workbench.ts';

export interface Session {
  readonly editor: Editor;
  readonly place: Place;
  /** The folder of the test's files. */
  readonly folder: string;
  readonly workbench: Workbench;
}

/** Texts by their path below the folder. */
export type Files = Readonly<Record<string, string>>;

export interface ProjectOptions {
  /** What of the files is opened; default: their folder. */
  readonly open?: string;
}

export class Editor implements AsyncDisposable {
  readonly place: Place;
  readonly server: EditorServer;
  readonly #browser: Browser;

  private constructor(place: Place, server: EditorServer, browser: Browser) {
    this.place = place;
    this.server = server;
    this.#browser = browser;
  }

  static async start(options: EditorOptions = {}): Promise<Editor> {
    const place = await Place.create();
    try {
      const [server, browser] = await Promise.all([EditorServer.start(place, options), launchBrowser()]);
      return new Editor(place, server, browser);
    } catch (error) {
      await place[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** One more window. `name`: of its screenshots. */
  async open(target: string, name: string): Promise<Workbench> {
    return Workbench.open(this.#browser, this.server, target, name);
  }

  async withProject(
    t: TestContext,
    files: Files,
    work: (session: Session) => Promise<void>,
    { open = '' }: ProjectOptions = {},
  ): Promise<void> {
    const name = t.name.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 40);
    const folder = path.join(this.place.root, name);
    for (const [file, text] of Object.entries(files)) {
      const whole = path.join(folder, file);
      await mkdir(path.dirname(whole), { recursive: true });
      await writeFile(whole, text);
    }
    const workbench = await this.open(path.join(folder, open), name);
    try {
      await work({ editor: this, place: this.place, folder, workbench });
    } catch (error) {
      await workbench.screenshot('failure').catch(() => undefined);
      throw error;
    } finally {
      await workbench.close();
      await this.#endSandboxes();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.server[Symbol.asyncDispose]();
    await this.place[Symbol.asyncDispose]();
  }

  /** Their virtual machines end with them. */
  async #endSandboxes(): Promise<void> {
    for (const { pid, command } of await processesOf(this.place.home)) {
      if (command.endsWith('/menv vm')) process.kill(pid, 'SIGKILL');
    }
  }
}
