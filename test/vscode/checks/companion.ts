import assert from 'node:assert/strict';
import { readdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { freePort } from '../../support/free-port.ts';
import { processesOf } from '../../support/processes.ts';
import type { Editor, Session } from '../support/session.ts';

const sandboxfile = (port: number): string => `sandboxes:
  app:
    image: builtin:busybox
    memory: 128
    scope: none
    ports: [${port}:80]
    scripts:
      start: |
        echo "first line of the log"
        mkdir /www && echo "served by $(hostname)" > /www/index.html
        exec httpd -f -p 80 -h /www
`;

/** What others build on: the API and the tools, a port in the browser, watched files, and what is said when a part is gone. */
export async function companion(t: TestContext, editor: Editor): Promise<void> {
  const port = await freePort();
  await editor.withProject(t, { Sandboxfile: sandboxfile(port) }, async (session) => {
    await session.workbench.openSandboxesView();
    await session.workbench.treeRow('app').waitFor();
    await usesApi(session);
    await usesTools(session);
    await opensPort(session, port);
    await watchesFile(session);
    await supervisorKilled(session);
    await helperMissing(session);
  });
}

async function usesApi({ workbench, folder }: Session): Promise<void> {
  await workbench.command('Companion: Use the API');
  // As for any other start.
  await workbench.answerDialog('Start');
  const told = (await written(workbench, folder, 'api.json')) as Record<string, unknown>;
  const { states, ran, ...rest } = told;
  const { exitCode, output } = ran as { readonly exitCode: number; readonly output: string };
  assert.equal(exitCode, 3);
  // Of two streams.
  assert.deepEqual(output.split('\n').sort(), ['', 'from app', 'wrong']);
  const app = { name: 'app', scripts: ['start'] };
  assert.deepEqual(rest, {
    version: 1,
    before: { ...app, state: 'stopped' },
    others: [],
    after: { ...app, state: 'running' },
    unknown: "Error: No Sandboxfile of this workspace defines 'nobody'.",
    given: 'AbortError',
  });
  assert.ok(Array.isArray(states) && states.includes('running'), JSON.stringify(states));
}

async function usesTools({ workbench, folder }: Session): Promise<void> {
  const { page } = workbench;
  await workbench.command('Companion: Use the Tools');
  const asked = page.locator('.monaco-dialog-box');
  await asked.filter({ hasText: /Start sandbox 'app'\?\s*It does what the Sandboxfile says/ }).waitFor();
  await workbench.screenshot('tool-asks');
  await workbench.answerDialog('Yes');
  await asked
    .filter({ hasText: /Run this command in sandbox 'app'\?\s*echo tool > \/root\/tool; exit 4/ })
    .waitFor();
  await workbench.screenshot('tool-asks-for-command');
  await workbench.answerDialog('Yes');
  // All of it, and nothing of it as a format.
  await asked.filter({ hasText: 'rm /root/*tool* **' }).waitFor();
  await workbench.answerDialog('Cancel');
  for (const file of ['/root/tool', '/root/nothing']) {
    await asked.filter({ hasText: new RegExp(`read this file of sandbox 'app'\\?\\s*${file}`) }).waitFor();
    await workbench.answerDialog('Yes');
  }
  await asked.filter({ hasText: "read the log of sandbox 'app'?" }).waitFor();
  await workbench.answerDialog('Yes');
  const told = (await written(workbench, folder, 'tools.json')) as Record<string, unknown>;
  const { names, list, missing, logs, ...rest } = told;
  assert.deepEqual(names, [
    'sandboxfile_list',
    'sandboxfile_run',
    'sandboxfile_exec',
    'sandboxfile_readFile',
    'sandboxfile_logs',
  ]);
  assert.match(String(list), /^app \(running\) file=\S+Sandboxfile image=builtin:busybox scripts=\[start\]$/);
  assert.deepEqual(rest, {
    run: "Sandbox 'app' is running.",
    exec: 'exit status 4\n',
    refused: 'Canceled',
    file: 'tool\n',
  });
  assert.match(String(missing), /\/root\/nothing/);
  assert.match(String(logs), /^first line of the log$/m);
}

async function opensPort({ workbench }: Session, port: number): Promise<void> {
  const context = workbench.page.context();
  // The editor leads ports through the front of its server, which is not there: the browser goes straight on.
  await context.route(`**/proxy/${port}/`, async (route) => {
    await route.fulfill({ response: await route.fetch({ url: `http://127.0.0.1:${port}/` }) });
  });
  const opened = context.waitForEvent('page');
  await workbench.command('Sandboxfile: Open Port in Browser');
  await workbench.choose('app');
  const page = await opened;
  await page.getByText('served by app').waitFor();
  await page.close();
}

/** A change in the guest is shown in the open file. */
async function watchesFile({ workbench }: Session): Promise<void> {
  const { page } = workbench;
  await workbench.command('Sandboxfile: Browse Files');
  await workbench.choose('app');
  await workbench.treeRow(/^www$/).click();
  await workbench.treeRow(/^index\.html$/).click();
  await page.locator('.view-lines', { hasText: 'served by app' }).waitFor();
  await workbench.command('Sandboxfile: Open Terminal');
  await workbench.choose('app');
  await workbench.waitForTerminal(/^.* #$/m);
  await workbench.typeInTerminal('echo changed in the guest > /www/index.html\n');
  await page.locator('.view-lines', { hasText: 'changed in the guest' }).waitFor();
  await workbench.screenshot('watched-file');
}

async function supervisorKilled({ workbench, place }: Session): Promise<void> {
  const all = await processesOf(place.home);
  const [supervisor, ...others] = all.filter(({ command }) => command.endsWith('/menv vm'));
  assert.ok(supervisor !== undefined && others.length === 0);
  process.kill(supervisor.pid, 'SIGKILL');
  const notice = workbench.notification(/Sandbox 'app' failed/);
  await notice.waitFor();
  await notice.getByRole('button', { name: 'Show Logs' }).waitFor();
  await workbench.screenshot('supervisor-killed');
  await workbench.press(notice, 'Run Again');
  await workbench.treeRow(/app.*running/).waitFor();
}

async function helperMissing({ workbench, place }: Session): Promise<void> {
  await workbench.command('Sandboxfile: Stop');
  await workbench.choose('app');
  await workbench.treeRow(/app.*stopped/).waitFor();
  const extensions = path.join(place.root, 'editor/extensions');
  const ours = (await readdir(extensions)).find((name) => name.startsWith('sandboxfile.sandboxfile-'));
  assert.ok(ours !== undefined);
  const dist = path.join(extensions, ours, 'dist');
  const [platform, ...others] = (await readdir(dist)).filter((name) => /^(linux|darwin)-/.test(name));
  assert.ok(platform !== undefined && others.length === 0);
  const helper = path.join(dist, platform, 'menv');
  await rename(helper, `${helper}.gone`);
  await workbench.command('Sandboxfile: Run Sandbox');
  await workbench.choose('app');
  const notice = workbench.notification(/Sandbox 'app' failed.*menv/);
  await notice.waitFor();
  await notice.getByRole('button', { name: 'Doctor' }).waitFor();
  await workbench.screenshot('helper-missing');
  await rename(`${helper}.gone`, helper);
  await workbench.press(notice, 'Run Again');
  await workbench.treeRow(/app.*running/).waitFor();
}

/** What the other extension has put beside the Sandboxfile. */
async function written(workbench: Session['workbench'], folder: string, name: string): Promise<unknown> {
  const notice = workbench.notification(`Companion wrote ${name}`);
  await notice.waitFor();
  await workbench.dismiss(notice);
  return JSON.parse(await readFile(path.join(folder, name), 'utf8'));
}
