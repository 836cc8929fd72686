import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { EventBody, SandboxStatus } from '../../engine/api.ts';
import { parseSandboxfile } from '../../sandboxfile/index.ts';
import { renderError, renderUsageError } from './error.ts';
import { renderList } from './list.ts';
import { LiveRegion } from '../terminal/live-region.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { renderStatus } from './status.ts';
import { printable, styleOf } from './style.ts';

const plain = styleOf({}, {});
const terminal = styleOf({ isTTY: true }, { TERM: 'xterm', NO_COLOR: '1' });

test('the status table is the one of the reference', () => {
  const statuses: SandboxStatus[] = [
    { name: 'cache', state: 'stopped', diskBytes: 4096 },
    {
      name: 'api',
      state: 'running',
      supervisorPid: 4242,
      vmmPid: 4243,
      cpuPercent: 1.46,
      memoryBytes: 128 * 1024 ** 2,
      diskBytes: 10 * 1024 ** 2,
    },
  ];
  assert.equal(
    renderStatus(statuses, new Date(2025, 5, 1, 12, 0, 0)),
    `Last updated: 2025-06-01 12:00:00

SANDBOX         STATUS     PIDS            CPU          MEMORY       DISK
────────────────────────────────────────────────────────────────────────────────
api             RUNNING    4242/4243       1.5%         128 MiB      10.00 MB
cache           STOPPED    -               -            -            -
`,
  );
});

test('status rows are ordered: running, cpu, memory, disk, name', () => {
  const running = (name: string, cpuPercent: number, diskBytes = 0): SandboxStatus => {
    return { name, state: 'running', cpuPercent, diskBytes };
  };
  const table = renderStatus(
    [
      { name: 'z', state: 'stopped' },
      { name: 'y', state: 'unresponsive', supervisorPid: 7 },
      running('b', 1),
      running('a', 1),
      running('d', 1, 1024),
      running('c', 9),
    ],
    new Date(),
  );
  const names = table
    .split('\n')
    .slice(4, -1)
    .map((line) => line.slice(0, 1));
  assert.deepEqual(names, ['c', 'd', 'a', 'b', 'y', 'z']);
  assert.match(table, /^y {15}UNRESPONSIVE 7\/-/m);
});

test('the next unit of a size begins above 1024', () => {
  const size = (diskBytes: number): string | undefined =>
    renderStatus([{ name: 'a', state: 'running', diskBytes }], new Date())
      .split('\n')[4]
      ?.slice(69);
  assert.equal(size(1024), '1024 B');
  assert.equal(size(1025), '1.00 KB');
  assert.equal(size(1024 ** 2), '1024.00 KB');
  assert.equal(size(1024 ** 3 + 1), '1.00 GB');
});

test('errors show their causes once, then what to do', () => {
  const cause = new Error('line 1\nline 2', { cause: new Error('line 2') });
  const error = Object.assign(new Error('it failed', { cause }), { hint: 'do this' });
  assert.equal(
    renderError(error, plain, false),
    'Error: it failed\nCaused by: line 1\n  line 2\nHint: do this\n',
  );
  const ring = new Error('ring');
  ring.cause = ring;
  assert.equal(renderError(ring, plain, false), 'Error: ring\n');
  assert.equal(renderError('text', plain, false), 'Error: text\n');
});

test('usage errors end in a usage line', () => {
  assert.equal(renderUsageError('no', 'msb run', plain), 'Error: no\n\nUsage: msb run\n');
});

test('what a guest says cannot steer the terminal', () => {
  assert.equal(printable('a\x1b[2Jb\r\x9b\n\tc'), 'a\\x1b[2Jb\\x0d\\x9b\n\tc');
});

test('colours only on a terminal that has them', () => {
  const red = (isTTY: boolean, environment: NodeJS.ProcessEnv): string =>
    styleOf({ isTTY }, environment).red('x');
  assert.equal(red(true, { TERM: 'xterm' }), '\x1b[31mx\x1b[0m');
  assert.equal(red(true, { TERM: 'dumb' }), 'x');
  assert.equal(red(true, { NO_COLOR: '1' }), 'x');
  assert.equal(red(false, {}), 'x');
});

const boot: readonly (readonly [number, EventBody])[] = [
  [0, { kind: 'phase', phase: 'preparing' }],
  [10, { kind: 'image', image: 'i', stage: 'importing', done: 0, total: 2 * 1024 ** 2 }],
  [510, { kind: 'image', image: 'i', stage: 'importing', done: 1024 ** 2, total: 2 * 1024 ** 2 }],
  [1010, { kind: 'phase', phase: 'booting' }],
  [2010, { kind: 'phase', phase: 'configuring' }],
  [2110, { kind: 'phase', phase: 'running' }],
];

/** Plays the events at their times and in between lets the clock run. */
async function play(
  test: TestContext,
  style: typeof plain,
  end: (progress: Progress) => void,
  events: readonly (readonly [number, EventBody])[] = boot,
): Promise<string> {
  test.mock.timers.enable({ apis: ['setInterval'] });
  let written = '';
  let clock = 0;
  const write = (text: string): Promise<void> => {
    written += text;
    return Promise.resolve();
  };
  const screen = new LiveRegion({ write, size: () => ({ rows: 10, cols: 60 }), live: style.live });
  using progress = createProgress({
    screen,
    style,
    title: "Start sandbox 'a'",
    now: () => clock,
  });
  for (const [at, body] of events) {
    while (clock < at) {
      clock += 10;
      test.mock.timers.tick(10);
      await Promise.resolve();
    }
    progress.onEvent({ seq: at, at: new Date(at), sandbox: 'a', ...body });
  }
  end(progress);
  progress[Symbol.dispose]();
  return written;
}

const succeed = (progress: Progress): void => progress.succeed();
const giveUp = (): void => undefined;
const summary =
  "Start sandbox 'a': done in 2.1 s (prepare 0.0 s, import image 1.0 s, boot 1.0 s, configure 0.1 s)\n";

test('progress off a terminal is a plain line for each step that takes time', async (test) => {
  assert.equal(
    await play(test, plain, succeed),
    `Start sandbox 'a': import image\nStart sandbox 'a': boot\nStart sandbox 'a': configure\n${summary}`,
  );
});

test('progress on a terminal rewrites one line and leaves one', async (test) => {
  const shown = (await play(test, terminal, succeed)).split('\r\x1b[J');
  assert.equal(shown[0], "⠋ Start sandbox 'a': import image 0 B/2.0 MB 0.1 s");
  assert.equal(shown[10], "⠋ Start sandbox 'a': boot 1.1 s  Ctrl+C cancels");
  assert.equal(shown.at(-1), `✓ ${summary}`);
  assert.ok(shown.every((line) => line.length <= 60 || line.endsWith('\n')));
});

test('progress that does not succeed says so', async (test) => {
  assert.ok((await play(test, terminal, giveUp)).endsWith("\r\x1b[J✗ Start sandbox 'a'\n"));
});

test('progress that ends early off a terminal leaves the word to the error', async (test) => {
  assert.ok((await play(test, plain, giveUp)).endsWith("Start sandbox 'a': configure\n"));
});

test('what is over at once is not shown', async (test) => {
  const joined = boot.map(([, body]) => [0, body] as const);
  assert.equal(await play(test, plain, succeed, joined), '');
});

test('the list is in file order and leaves out what is not there', () => {
  const listed = (text: string): string => renderList(parseSandboxfile(text).project);
  const text = `sandboxes:
  web:
    image: alpine
    cpus: 2
    memory: 768
    ports: ["8080:80", 9000]
    volumes: ["./src:/app"]
    depends_on: [cache]
    scripts: { start: a, test: b }
  cache:
    image: builtin:busybox
    scope: none
`;
  assert.equal(
    listed(text),
    `1. web
   Image: docker.io/library/alpine:latest
   Resources: 2 CPUs, 768 MiB
   Network: public
   Ports: 8080:80, 9000:9000
   Volumes: ./src:/app
   Scripts: start, test
   Depends On: cache

2. cache
   Image: builtin:busybox
   Network: none

Total: 2
`,
  );
  assert.equal(listed('sandboxes:'), 'No sandboxes found\n');
});
