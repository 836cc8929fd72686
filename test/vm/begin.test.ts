// A run that one process begins and another one takes over.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine, Program, Project } from '../../server/engine/index.ts';
import { Place } from '../support/place.ts';
import { makeTemplate } from '../support/templates.ts';

const memory = 128;
const guest = `    image: builtin:busybox\n    memory: ${String(memory)}\n    scope: none\n`;
const sandboxfile = `sandboxes:
  short:
${guest}    scripts:
      start: cat /proc/sys/kernel/random/boot_id; echo once
  long:
${guest}    scripts:
      start: stty -echo; stty size; echo ready; read line; stty size; exit 5
`;

const deadline = { timeout: 240_000 };
const tty = { rows: 24, cols: 80 };
const pollMs = 50;

suite('a run that is begun', () => {
  let place: Place;
  let window: Engine;
  let terminal: Engine;
  let begins: Project;
  let takes: Project;

  before(async () => {
    place = await Place.create(sandboxfile);
    await makeTemplate(place.home, memory);
    [window, terminal] = [createEngine(), createEngine()];
    begins = await window.openProject({ root: place.project });
    takes = await terminal.openProject({ root: place.project });
    // What an image is called proves nothing while it is new.
    while (!(await begins.begin('short', { key: 'first', tty }))) {
      await textOf((await takes.run('short')).program);
      await takes.stop();
      await delay(pollMs);
    }
    await begins.stop();
  }, deadline);

  after(async () => {
    await window.close();
    await terminal.close();
    assert.deepEqual(await place.leftovers(), []);
    await place[Symbol.asyncDispose]();
  }, deadline);

  const begin = async (name: string): Promise<string> => {
    const key = randomUUID();
    assert.equal(await begins.begin(name, { key, tty }), true);
    return key;
  };

  test('its program is found under the key, also after its end, and runs once', deadline, async () => {
    const logged = (await textOfLog(takes, 'short')).length;
    const key = await begin('short');
    // It has ended, and waits for who takes it over.
    while ((await takes.status(['short']))[0]?.state !== 'stopping') await delay(pollMs);
    assert.equal(await takes.find('short'), undefined);
    const { program, sandbox, owned } = await takes.run('short', { tty, stdin: 'stream', key });
    assert.equal(owned, true);
    const text = await textOf(program);
    assert.match(text, /^[-0-9a-f]{36}\r\nonce\r\n$/);
    assert.equal((await program.exit).code, 0);
    assert.equal((await sandbox.ended).mainExit?.code, 0);
    assert.equal((await textOfLog(takes, 'short')).slice(logged), text);
  });

  test('its terminal becomes as large as the one that takes it over', deadline, async () => {
    const key = await begin('long');
    const { program, sandbox } = await takes.run('long', {
      tty: { rows: 9, cols: 70 },
      stdin: 'stream',
      key,
    });
    const output = program.output[Symbol.asyncIterator]();
    let text = '';
    const read = async (): Promise<void> => {
      const { value } = (await output.next()) as { readonly value: { readonly data: Uint8Array } };
      text += Buffer.from(value.data).toString();
    };
    while (!text.includes('ready')) await read();
    await program.resize({ rows: 9, cols: 70 });
    await program.write(Buffer.from('\n'));
    while (!text.includes('9 70')) await read();
    assert.equal(text, '24 80\r\nready\r\n9 70\r\n');
    while ((await output.next()).done !== true);
    assert.equal((await sandbox.ended).mainExit?.code, 5);
  });

  test('with another key it is somebody else’s', deadline, async () => {
    const key = await begin('long');
    await assert.rejects(takes.run('long', { key: randomUUID() }), { code: 'ALREADY_RUNNING' });
    // Nor can it be begun twice; the one that is there goes on.
    await assert.rejects(
      window.openProject({ root: place.project }).then((other) => other.begin('long', { key, tty })),
      {
        code: 'ALREADY_RUNNING',
      },
    );
    const { program, owned } = await takes.run('long', { key });
    assert.equal(owned, true);
    await Promise.all([textOf(program), takes.stop(['long'], { graceMs: 0 })]);
  });

  test('one that was stopped is no answer any more', deadline, async () => {
    const key = await begin('long');
    const stopped = begins.stop(['long'], { graceMs: 0 });
    const isUp = async (): Promise<boolean> => {
      const [status] = await begins.status(['long']);
      return status?.state === 'starting' || status?.state === 'running';
    };
    while (await isUp()) await delay(pollMs);
    const { program, owned } = await takes.run('long', { tty, stdin: 'stream', key });
    await stopped;
    assert.equal(owned, true);
    await program.write(Buffer.from('\n'));
    assert.match(await textOf(program), /ready/);
    assert.equal((await program.exit).code, 5);
    assert.deepEqual(await place.running(), []);
  });

  test('one that is given up leaves nothing, and who comes then starts it', deadline, async () => {
    const giveUp = new AbortController();
    const key = randomUUID();
    const begun = begins.begin('long', { key, tty, signal: giveUp.signal });
    giveUp.abort();
    await assert.rejects(begun, { name: 'AbortError' });
    assert.deepEqual(await place.running(), []);
    const { program, owned } = await takes.run('long', { key });
    assert.equal(owned, true);
    await Promise.all([textOf(program), takes.stop(['long'], { graceMs: 0 })]);
  });

  test(
    'of the one who begins and the one who takes over, whoever is first, one starts it',
    deadline,
    async () => {
      const key = randomUUID();
      const [begun, ran] = await Promise.allSettled([
        begins.begin('short', { key, tty }),
        takes.run('short', { tty, stdin: 'stream', key }),
      ]);
      if (ran.status === 'rejected') throw ran.reason;
      assert.match(await textOf(ran.value.program), /^[-0-9a-f]{36}\r\nonce\r\n$/);
      assert.equal((await ran.value.sandbox.ended).clean, true);
      if (begun.status === 'rejected')
        assert.equal((begun.reason as { code?: string }).code, 'ALREADY_RUNNING');
      assert.deepEqual(await place.running(), []);
    },
  );
});

async function textOf({ output }: Program): Promise<string> {
  let text = '';
  for await (const { data } of output) text += Buffer.from(data).toString();
  return text;
}

async function textOfLog(project: Project, name: string): Promise<string> {
  let text = '';
  for await (const data of project.log(name)) text += Buffer.from(data).toString();
  return text;
}
