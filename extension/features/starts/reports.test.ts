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
