import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Feed } from './feed.ts';
import type { Snapshot } from './messages.ts';

class Setting {
  readonly feed: Feed;
  readonly shown: Snapshot[] = [];
  isVisible = true;
  samples = 0;
  readonly #t: TestContext;
  #nowMs = 0;

  constructor(t: TestContext) {
    this.#t = t;
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const page = {
      isVisible: () => this.isVisible,
      show: (snapshot: Snapshot) => void this.shown.push(snapshot),
    };
    const source = {
      snapshot: () => {
        this.samples += 1;
        return Promise.resolve({ sandboxes: [] });
      },
    };
    this.feed = new Feed(page, source, () => this.#nowMs);
  }

  async pass(ms: number): Promise<void> {
    this.#nowMs += ms;
    this.#t.mock.timers.tick(ms);
    await new Promise(setImmediate);
  }
}

test('a page that listens is shown something at once, and then once a second', async (t) => {
  const setting = new Setting(t);
  setting.feed.ready();
  await setting.pass(0);
  assert.equal(setting.shown.length, 1);
  await setting.pass(999);
  assert.equal(setting.shown.length, 1);
  await setting.pass(1);
  assert.equal(setting.shown.length, 2);
});

test('however much happens, nothing is asked more than once a second', async (t) => {
  const setting = new Setting(t);
  setting.feed.ready();
  for (let at = 0; at < 3000; at += 10) {
    setting.feed.hurry();
    await setting.pass(10);
  }
  assert.ok(setting.samples <= 4, String(setting.samples));
  assert.ok(setting.samples >= 3, String(setting.samples));
});

test('a hidden page costs nothing, and is up to date when it is seen again', async (t) => {
  const setting = new Setting(t);
  setting.feed.ready();
  await setting.pass(0);
  setting.isVisible = false;
  setting.feed.shownOrHidden();
  for (let times = 0; times < 5; times++) {
    setting.feed.hurry();
    await setting.pass(1000);
  }
  assert.equal(setting.samples, 1);
  setting.isVisible = true;
  setting.feed.shownOrHidden();
  await setting.pass(0);
  assert.equal(setting.shown.length, 2);
});

test('the page goes to a sandbox once, and not before it listens', async (t) => {
  const setting = new Setting(t);
  setting.feed.point('a');
  await setting.pass(0);
  assert.equal(setting.shown[0]?.pointed, undefined);
  setting.feed.ready();
  await setting.pass(0);
  assert.equal(setting.shown[1]?.pointed, 'a');
  await setting.pass(1000);
  assert.equal(setting.shown[2]?.pointed, undefined);
});

test('a panel that was closed is asked nothing for', async (t) => {
  const setting = new Setting(t);
  setting.feed.ready();
  setting.feed.dispose();
  setting.feed.ready();
  setting.feed.hurry();
  await setting.pass(5000);
  assert.equal(setting.samples, 0);
});
