import assert from 'node:assert/strict';
import { test } from 'node:test';
import xterm from '@xterm/headless';
import type { EventBody, LayerStage } from '../../engine/api.ts';
import { createProgress } from '../render/progress.ts';
import type { Progress } from '../render/progress.ts';
import { styleOf } from '../render/style.ts';
import { width } from '../render/width.ts';
import { LiveRegion } from './live-region.ts';

const plain = styleOf({ isTTY: true }, { TERM: 'xterm', NO_COLOR: '1' });

/** The terminal of VS Code, without its window. */
class Screen {
  readonly terminal: xterm.Terminal;
  readonly region: LiveRegion;

  constructor(cols: number, rows: number) {
    this.terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true, convertEol: true });
    const write = (text: string): Promise<void> =>
      new Promise((resolve) => {
        this.terminal.write(text, resolve);
      });
    this.region = new LiveRegion({
      write,
      size: () => ({ rows: this.terminal.rows, cols: this.terminal.cols }),
      live: true,
    });
  }

  /** All that can be seen or scrolled back to, once the terminal has taken what was written. */
  async text(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.terminal.write('', resolve);
    });
    const { buffer } = this.terminal;
    const lines = Array.from({ length: buffer.active.length }, (_, at) => buffer.active.getLine(at));
    return lines
      .map((line) => line?.translateToString(true) ?? '')
      .join('\n')
      .trimEnd();
  }
}

test('each frame takes the place of the one before', async () => {
  const screen = new Screen(40, 10);
  screen.region.print('before\n');
  for (const lines of [['a 1', 'b 1'], ['a 2', 'b 2', 'c 2'], ['a 3']]) {
    await screen.text();
    screen.region.draw(lines);
  }
  assert.equal(await screen.text(), 'before\na 3');
  screen.region.print('between\n');
  assert.equal(await screen.text(), 'before\nbetween\na 3');
  screen.region.clear();
  screen.region.print('after\n');
  assert.equal(await screen.text(), 'before\nbetween\nafter');
});

test('more lines than the terminal has leave nothing behind', async () => {
  const screen = new Screen(20, 5);
  for (let frame = 0; frame < 3; frame++) {
    screen.region.draw(Array.from({ length: 50 }, (_, at) => `line ${String(at)}`));
    await screen.text();
  }
  screen.region.clear();
  screen.region.print('end\n');
  assert.equal(await screen.text(), 'end');
});

test('a terminal that becomes narrower breaks lines and still gets a clean screen', async () => {
  const screen = new Screen(60, 20);
  screen.region.print('before\n');
  screen.region.draw(['x'.repeat(59), 'y'.repeat(59), 'z'.repeat(59)]);
  await screen.text();
  screen.terminal.resize(25, 20);
  screen.region.draw(['narrow']);
  assert.equal(await screen.text(), 'before\nnarrow');
  screen.terminal.resize(100, 20);
  screen.region.draw(['wide']);
  assert.equal(await screen.text(), 'before\nwide');
});

test('while a terminal is slow, frames are left out and the last word is not', () => {
  let release = (): void => undefined;
  const written: string[] = [];
  const region = new LiveRegion({
    write: (text) => {
      written.push(text);
      return new Promise((resolve) => {
        release = resolve;
      });
    },
    size: () => ({ rows: 10, cols: 40 }),
    live: true,
  });
  region.draw(['1']);
  region.draw(['2']);
  assert.deepEqual(written, ['1']);
  region.clear();
  assert.equal(written.length, 2);
  release();
});

test('text is as wide as it may be', () => {
  assert.equal(width('\x1b[32m⠋\x1b[0m ab'), 4);
  assert.equal(width('日本'), 4);
});

const mb = 1024 ** 2;
const layer = (digit: string, stage: LayerStage, done: number, total: number): EventBody => ({
  kind: 'layer',
  image: 'app',
  digest: `sha256:${digit.repeat(64)}`,
  stage,
  done,
  total,
});

/** What `events` look like after one frame. */
async function pane(
  cols: number,
  rows: number,
  events: readonly EventBody[],
  then: (progress: Progress) => void = () => undefined,
): Promise<string> {
  const screen = new Screen(cols, rows);
  test.mock.timers.enable({ apis: ['setInterval'] });
  try {
    const progress = createProgress({
      screen: screen.region,
      style: plain,
      title: "Pull image 'app'",
      now: () => 0,
    });
    for (const body of events) progress.onEvent({ seq: 1, at: new Date(0), sandbox: '', ...body });
    test.mock.timers.tick(100);
    await screen.text();
    then(progress);
    return await screen.text();
  } finally {
    test.mock.timers.reset();
  }
}

const pulling: readonly EventBody[] = [
  { kind: 'image', image: 'app', stage: 'downloading', done: 15 * mb, total: 60 * mb },
  layer('a', 'exists', 20 * mb, 20 * mb),
  layer('b', 'downloading', 10 * mb, 20 * mb),
  layer('c', 'retrying', 5 * mb, 20 * mb),
  layer('d', 'waiting', 0, 1024),
];

test('a line for each layer, a bar for those on their way', async () => {
  assert.equal(
    await pane(80, 24, pulling),
    `aaaaaaaaaaaa  Exists      20.0 MB
bbbbbbbbbbbb  Downloading [==============>                ] 10.0 MB/20.0 MB
cccccccccccc  Retrying    [======>                        ] 5.0 MB/20.0 MB
dddddddddddd  Waiting     1024 B
⠋ Pull image 'app': download image 15.0 MB/60.0 MB 0.0 s  Ctrl+C cancels`,
  );
});

test('a narrow terminal gets no bars and no broken lines', async () => {
  assert.equal(
    await pane(40, 24, pulling),
    `aaaaaaaaaaaa  Exists      20.0 MB
bbbbbbbbbbbb  Downloading 10.0 MB/20.0
cccccccccccc  Retrying    5.0 MB/20.0 M
dddddddddddd  Waiting     1024 B
⠋ Pull image 'app': download image 15.0`,
  );
});

test('more layers than lines: those in which something happens', async () => {
  const many = Array.from({ length: 300 }, (_, at): EventBody => {
    const digest = `sha256:${String(at).padStart(64, '0')}`;
    return {
      kind: 'layer',
      image: 'app',
      digest,
      stage: at === 200 ? 'importing' : 'done',
      done: mb,
      total: mb,
    };
  });
  const lines = (await pane(80, 6, [...many, ...pulling])).split('\n');
  assert.equal(lines.length, 5);
  assert.match(lines[0] ?? '', /Importing/);
  assert.match(lines[1] ?? '', /Downloading/);
  assert.match(lines[2] ?? '', /Retrying/);
  assert.equal(lines[3], '… and 301 more layers');
});

test('once the image is there, its layers are no longer shown', async () => {
  const ready: EventBody = { kind: 'image', image: 'app', stage: 'ready', done: 1, total: 1 };
  assert.equal(
    await pane(80, 24, [...pulling, ready, { kind: 'phase', phase: 'booting' }]),
    "⠋ Pull image 'app': boot 0.0 s  Ctrl+C cancels",
  );
});

test('in the end one line is left', async () => {
  const succeeded = await pane(80, 24, pulling, (progress) => progress.succeed());
  assert.equal(succeeded, "✓ Pull image 'app': done in 0.0 s (download image 0.0 s)");
  const failed = await pane(80, 24, pulling, (progress) => progress[Symbol.dispose]());
  assert.equal(failed, "✗ Pull image 'app'");
});
