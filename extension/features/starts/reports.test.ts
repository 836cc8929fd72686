import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { isShown } from './is-shown.ts';
import { StartReports } from './reports.ts';

const subject = { root: '/p', file: 'Sandboxfile', sandbox: 'web app 🐳' };

function listening(page: () => PromiseLike<unknown> = () => Promise.resolve()): {
  readonly heard: string[];
  readonly reports: StartReports;
  readonly next: () => Promise<unknown>;
} {
  const heard: string[] = [];
  let wake = Promise.withResolvers<undefined>();
  const hear = (text: string): void => {
    heard.push(text);
    wake.resolve(undefined);
    wake = Promise.withResolvers();
  };
  const reports = new StartReports({
    onBegin: ({ sandbox }) => hear(`${sandbox}: begin`),
    onReport: ({ sandbox }, report) => hear(`${sandbox}: ${JSON.stringify(report)}`),
    onApproved: (digest) => hear(`approved ${digest}`),
    onStarted: ({ sandbox }, { rows, cols }) => hear(`${sandbox}: started ${String(rows)} ${String(cols)}`),
    onGivenUp: ({ sandbox }) => hear(`${sandbox}: given up`),
    page,
    onEnd: ({ sandbox }) => hear(`${sandbox}: end`),
  });
  return { heard, reports, next: () => wake.promise };
}

test('a start is heard of, can be given up and ends with its terminal', { timeout: 120_000 }, async () => {
  const { heard, reports, next } = listening();
  const terminal = connect(reports.path);
  const begun = next();
  const failed = { kind: 'failed', code: 'NO_SPACE', message: 'no space left' };
  terminal.write(`${JSON.stringify({ ...subject, record: '/r/1.json' })}\n`);
  await begun;
  const told = next();
  terminal.write(`${JSON.stringify(failed)}\n`);
  await told;
  assert.deepEqual(heard, ['web app 🐳: begin', `web app 🐳: ${JSON.stringify(failed)}`]);

  reports.cancel({ ...subject, sandbox: 'other' });
  reports.cancel(subject);
  const [line] = (await once(terminal, 'data')) as [Buffer];
  assert.equal(line.toString(), 'cancel\n');
  reports.cancelOf('/r/2.json');
  reports.cancelOf('/r/1.json');
  const [again] = (await once(terminal, 'data')) as [Buffer];
  assert.equal(again.toString(), 'cancel\n');

  const ended = next();
  terminal.destroy();
  await ended;
  assert.equal(heard.at(-1), 'web app 🐳: end');
  reports.dispose();
});

test(
  'a terminal that is killed with something unread ends its start, and nothing else',
  { timeout: 120_000 },
  async () => {
    const { heard, reports, next } = listening();
    const terminal = connect(reports.path);
    terminal.pause();
    const begun = next();
    terminal.write(`${JSON.stringify(subject)}\n`);
    await begun;
    reports.cancel(subject);
    const ended = next();
    terminal.destroy();
    await ended;
    assert.deepEqual(heard, ['web app 🐳: begin', 'web app 🐳: end']);
    reports.dispose();
  },
);

test(
  'what runs is no start any more; a terminal that is refused before it comes begins none',
  { timeout: 120_000 },
  async () => {
    const { heard, reports, next } = listening();
    const refused = connect(reports.path);
    reports.refuse('/r/1.json');
    refused.write(`${JSON.stringify({ ...subject, record: '/r/1.json' })}\n`);
    const [line] = (await once(refused, 'data')) as [Buffer];
    assert.equal(line.toString(), 'cancel\n');
    const givenUp = next();
    refused.write(`${JSON.stringify({ kind: 'given-up' })}\n`);
    await givenUp;

    // Only once: its user may run it again.
    const again = connect(reports.path);
    const begun = next();
    again.write(`${JSON.stringify({ ...subject, record: '/r/1.json' })}\n`);
    await begun;
    const started = next();
    again.write(`${JSON.stringify({ kind: 'started', rows: 9, cols: 70 })}\n`);
    await started;
    assert.deepEqual(heard, ['web app 🐳: given up', 'web app 🐳: begin', 'web app 🐳: started 9 70']);
    reports.cancelOf('/r/1.json');
    const ended = next();
    refused.destroy();
    await ended;
    again.destroy();
    await once(again, 'close');
    assert.equal(heard.at(-1), 'web app 🐳: end');
    assert.equal(heard.length, 4);
    reports.dispose();
  },
);

test('its end leaves nothing', { timeout: 120_000 }, async () => {
  const { reports } = listening();
  const terminal = connect(reports.path);
  await once(terminal, 'connect');
  reports.dispose();
  await once(terminal, 'close');
  assert.equal(existsSync(reports.path), false);
});

test('a window is there while its page answers', { timeout: 60_000 }, async () => {
  const { heard, reports } = listening();
  assert.equal(await isShown(reports.path, 50_000), true);
  reports.dispose();
  assert.equal(await isShown(reports.path, 50_000), false);
  assert.deepEqual(heard, []);
});

test('one that the server keeps without a page is none', { timeout: 60_000 }, async () => {
  const { reports } = listening(() => new Promise(() => undefined));
  assert.equal(await isShown(reports.path, 50), false);
  const asked = isShown(reports.path, 50_000);
  reports.dispose();
  assert.equal(await asked, false);
});
