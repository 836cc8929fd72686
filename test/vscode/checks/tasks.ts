import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Editor } from '../support/session.ts';

const sandboxfile = `sandboxes:
  app:
    image: builtin:busybox
    memory: 128
    scope: none
    workdir: /src
    volumes:
      - code:/src
    scripts:
      build: |
        echo "/src/main.c:3:5: error: expected ';'"
        # As gcc paints it.
        printf '\\033[01m\\033[Ksub/b.c:2:1:\\033[m\\033[K \\033[01;35m\\033[Kwarning: \\033[m\\033[Kunused variable\\n'
        cat main.c > copied.c
        exit 2
      serve: |
        echo "starting"
        echo "ready to serve"
        exec sleep 600
      use: echo "used with $1"
`;

const tasks = {
  version: '2.0.0',
  tasks: [
    {
      label: 'server',
      type: 'sandboxfile',
      sandbox: 'app',
      script: 'serve',
      isBackground: true,
      problemMatcher: {
        base: '$sandboxfile',
        background: { activeOnStart: true, beginsPattern: '^starting', endsPattern: '^ready to serve' },
      },
    },
    {
      label: 'client',
      type: 'sandboxfile',
      sandbox: 'app',
      script: 'use',
      args: ['args'],
      dependsOn: 'server',
    },
  ],
};

/** A task's problems are at the lines of the workspace's files; tasks wait for what they depend on. */
export async function tasksAndProblems(t: TestContext, editor: Editor): Promise<void> {
  const files = {
    Sandboxfile: sandboxfile,
    'code/main.c': 'int main(void)\n{\n  return 0\n}\n',
    'code/sub/b.c': '\nint unused;\n',
    '.vscode/tasks.json': JSON.stringify(tasks),
  };
  await editor.withProject(t, files, async ({ workbench }) => {
    const { page } = workbench;
    await workbench.openSandboxesView();
    await workbench.treeRow('app').waitFor();
    await workbench.command('Tasks: Run Build Task');
    await workbench.choose('app: build');
    // A task asks in its terminal.
    await workbench.waitForTerminal(/Start it\? \[y\/N\]/);
    await workbench.screenshot('task-asks');
    await workbench.typeInTerminal('y');
    const shown = await workbench.waitForTerminal(/exit code: 2/);
    assert.match(shown, /code\/sub\/b\.c:2:1: warning/);
    await workbench.command('View: Focus Problems');
    const problems = page.locator('.markers-panel .monaco-list-row');
    await problems.filter({ hasText: 'unused variable' }).waitFor();
    await workbench.screenshot('problems');
    await problems.filter({ hasText: "expected ';'" }).dblclick();
    await page.locator('.tab.active', { hasText: 'main.c' }).waitFor();
    await page.locator('.statusbar-item', { hasText: 'Ln 3, Col 5' }).waitFor();
    // What the guest wrote is the workspace's.
    await page.locator('.view-lines', { hasText: 'return 0' }).waitFor();
    await workbench.screenshot('problem-in-file');

    await workbench.command('Tasks: Run Task');
    await workbench.choose('client');
    await workbench.waitForTerminal(/used with args/);
    await workbench.showTerminal('server', /ready to serve/);
    await workbench.screenshot('background');
    await workbench.command('Sandboxfile: Stop');
    await workbench.choose('app');
    await workbench.treeRow(/app.*stopped/).waitFor();
  });
}
